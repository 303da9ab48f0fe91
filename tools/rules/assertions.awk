# A test case asserts something, itself or through a function of the tests that does. Reads the .cc and .h files of tests/.

function asserts(code) { return code ~ /(^|[^A-Za-z_])(STATIC_)?(REQUIRE|FAIL)[A-Z_]*\(/ }

function name_before_arguments(code) {
  sub(/\(.*/, "", code)
  sub(/.*[^A-Za-z_0-9]/, "", code)
  return code
}

function calls_an_asserting_function(code,    word, words, i) {
  gsub(/\(/, "( ", code)
  words = split(code, word, /[^A-Za-z_0-9(]+/)
  for (i = 1; i <= words; ++i) if (sub(/\($/, "", word[i]) && (word[i] in asserting)) return 1
  return 0
}

FNR == 1 {
  test = 0
  current = ""
}
/^(TEST_CASE|TEMPLATE_TEST_CASE|SCENARIO)/ {
  test = ++tests
  current = ""
  place[test] = FILENAME ":" FNR
}
test {
  code_of_test[test] = code_of_test[test] " " $0
  if (/^}/ || (/^[A-Z]/ && /}$/)) test = 0
  next
}
# A function begins; a lambda or a statement in one does not end it.
/\) *(const *)?(override *)?\{/ && !/\[[^\]]*\]\(/ && !/^ *(if|for|while|switch|else|return|\})/ { current = name_before_arguments($0) }
current != "" { code_of[current] = code_of[current] " " $0 }

END {
  for (name in code_of) if (asserts(code_of[name])) asserting[name] = 1
  for (depth = 1; depth <= 3; ++depth) for (name in code_of) if (calls_an_asserting_function(code_of[name])) asserting[name] = 1
  for (test = 1; test <= tests; ++test) {
    if (!asserts(code_of_test[test]) && !calls_an_asserting_function(code_of_test[test]))
      print place[test] ": a test case that cannot fail: assert what its name says"
  }
}
