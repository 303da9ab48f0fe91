// TarMutation: archives with one fault each, drawn by seed: what nobody's tar would write, and a hostile one's might.
#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace skilltrail::testing {

// Of a .tar.gz, whatever number of gzip members it has. Throws std::runtime_error.
std::string Gunzip(const std::filesystem::path& file);
void Gzip(const std::filesystem::path& file, const std::string& bytes);

// The tar with something done to it: bits flipped, cut short, blocks taken out, doubled, written over or brought in from `other`, or a
// field of a header set to what has harmed programs before: paths that lead out, links, devices, sizes that are not so. Headers have their
// checksum made good again more often than not. May happen to change nothing.
std::string MutateTar(std::string tar, const std::string& other, std::mt19937& random);

}  // namespace skilltrail::testing
