#include "cli/program.h"

int main(int argc, char** argv) {
  return skilltrail::cli::RunProgram(argc, argv);
}
