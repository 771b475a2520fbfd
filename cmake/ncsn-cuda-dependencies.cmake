# SPDX-License-Identifier: Apache-2.0
# What the headers of arrays/cuda include. Read by CMakeLists.txt and by the installed ncsn-config.cmake. Sets ncsn_cuda_missing (what was not found,
# and where to get it) and makes the imported targets that ncsn::cuda links.

set(ncsn_cuda_missing "")
find_package(CUDAToolkit QUIET)
if(NOT CUDAToolkit_FOUND)
    list(APPEND ncsn_cuda_missing
        "the CUDA toolkit, 12.4 or later (package cuda-toolkit of NVIDIA's repository, its bin folder on PATH or set CUDAToolkit_ROOT)")
elseif(CUDAToolkit_VERSION VERSION_LESS 12.4)
    list(APPEND ncsn_cuda_missing "a CUDA toolkit of version 12.4 or later, but ${CUDAToolkit_VERSION} was found in ${CUDAToolkit_BIN_DIR}")
else()
    foreach(library cudart cublasLt)
        if(NOT TARGET CUDA::${library})
            list(APPEND ncsn_cuda_missing "lib${library}.so of the CUDA toolkit (looked in ${CUDAToolkit_LIBRARY_DIR})")
        endif()
    endforeach()
endif()
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(cuDNN 9 QUIET)
list(POP_FRONT CMAKE_MODULE_PATH)
if(NOT cuDNN_FOUND)
    list(APPEND ncsn_cuda_missing
        "cuDNN 9, headers and library (package cudnn9-cuda-${CUDAToolkit_VERSION_MAJOR} of NVIDIA's repository, or set cuDNN_ROOT)")
    if(cuDNN_VERSION)
        list(APPEND ncsn_cuda_missing "    found cuDNN ${cuDNN_VERSION} in ${cuDNN_INCLUDE_DIR}, library ${cuDNN_LIBRARY}")
    endif()
endif()
