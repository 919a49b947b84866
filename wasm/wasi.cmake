# Toolchain of the C-ABI module: Debian's clang, lld, wasi-libc and libc++ for wasm32-wasi.
set(CMAKE_SYSTEM_NAME Generic)  # CMake 3.25 knows no WASI platform
set(AGENTMEND_WASI ON)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
if(NOT DEFINED WASI_CLANG)
  set(WASI_CLANG 19)
endif()
set(CMAKE_CXX_COMPILER clang++-${WASI_CLANG})
set(CMAKE_AR llvm-ar-${WASI_CLANG})
set(CMAKE_RANLIB llvm-ranlib-${WASI_CLANG})
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)  # not wasm32-wasip1: Debian files its headers under the old name
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated")  # clang 22 calls the old name deprecated
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
