# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=DIR -DOUTPUT=FILE -P commit.cmake: writes the C++ source that defines source_commit (experiments/environment.hpp), and only
# when the commit has changed, so that nothing is compiled again without need.
set(git git -c safe.directory=* -C "${SOURCE}")
execute_process(COMMAND ${git} rev-parse --show-prefix HEAD OUTPUT_VARIABLE found RESULT_VARIABLE failed ERROR_QUIET)
set(commit unknown)
if(failed EQUAL 0 AND found MATCHES "^\n([0-9a-f]+)\n$")                              # an empty prefix: the repository is ours, not one around us
    set(commit ${CMAKE_MATCH_1})
    execute_process(COMMAND ${git} diff --quiet HEAD -- RESULT_VARIABLE changed OUTPUT_QUIET ERROR_QUIET)
    if(NOT changed EQUAL 0)
        string(APPEND commit -dirty)
    endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
namespace ncsn {
extern const char* const source_commit;
const char* const source_commit = "@commit@";
}  // namespace ncsn
]] @ONLY)
