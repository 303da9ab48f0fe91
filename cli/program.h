// Program: one run of the command line, from argv to the exit code.
#pragma once

namespace skilltrail::cli {

int RunProgram(int argc, char** argv);

}  // namespace skilltrail::cli
