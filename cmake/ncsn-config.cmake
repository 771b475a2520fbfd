# find_package(ncsn): the target ncsn::ncsn.
include("${CMAKE_CURRENT_LIST_DIR}/ncsn-dependencies.cmake")
if(ncsn_missing)
    list(JOIN ncsn_missing ", " ncsn_missing)
    set(ncsn_FOUND FALSE)
    set(ncsn_NOT_FOUND_MESSAGE "ncsn needs ${ncsn_missing}")
    return()
endif()
include("${CMAKE_CURRENT_LIST_DIR}/ncsn-targets.cmake")
