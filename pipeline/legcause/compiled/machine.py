"""Kernels as machine code: compiled once for this processor, kept in a file, and called without the compiler.

numba takes half a second to begin with, before it does anything; loading its code from a file takes a twentieth of that."""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from . import kept

_FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)  # lets go of the interpreter meanwhile
_functions: dict[tuple[str, str], Any] = {}
_lock = threading.Lock()


def call(kernel: str, *arguments: Any) -> int:
    """Calls a kernel ("module.function" of this package) with arrays, whole numbers, floats and named tuples of these; returns what it returns."""
    numbers: list[int] = []
    described: list[str] = []
    _pack(arguments, numbers, described)
    key = kernel, " ".join(described)
    function = _functions.get(key)
    if function is None:
        with _lock:
            if key not in _functions:
                _functions[key] = _function(kernel, key[1], arguments)
            function = _functions[key]
    result, error = ctypes.c_int64(), ctypes.c_void_p()
    block = np.array(numbers, np.int64)
    if function(ctypes.byref(result), ctypes.byref(error), block.ctypes.data):
        raise RuntimeError(f"{kernel} failed")
    return result.value


def _pack(arguments: Sequence[Any], numbers: list[int], described: list[str]) -> None:
    """Appends the address and the shape of each array, and each number, to `numbers`; and of what kind they are to `described`."""
    for argument in arguments:
        if isinstance(argument, tuple):
            _pack(argument, numbers, described)
        elif isinstance(argument, np.ndarray):
            if not argument.flags.c_contiguous:
                raise ValueError("a kernel takes arrays in one piece")
            numbers += (argument.ctypes.data, *argument.shape)
            described.append(f"{argument.dtype.str}{argument.ndim}")
        elif isinstance(argument, float):
            numbers.append(int(np.float64(argument).view(np.int64)))
            described.append("f")
        else:
            numbers.append(int(argument))
            described.append("i")


def _function(kernel: str, described: str, arguments: Sequence[Any]) -> Any:
    engine, processor = _engine()
    name = kept.name(kernel, ".code", processor, described)
    content = kept.read(name)
    if content is None:
        from .compiling import compiled

        module, function = kernel.split(".")
        symbol, code = compiled(getattr(import_module(f"{__package__}.{module}"), function), arguments)
        content = symbol.encode() + b"\n" + code
        kept.keep(name, content)
    raw, code = content.split(b"\n", 1)
    return engine(raw.decode(), code)


@lru_cache(maxsize=1)
def _engine() -> tuple[Any, str]:
    """What loads an object file and gives its function, and the processor that code is for."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=processor, features=features, opt=3, jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)

    def function(symbol: str, code: bytes) -> Any:
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return _FUNCTION(engine.get_function_address(symbol))

    return function, hashlib.sha256(f"{llvm.get_process_triple()} {processor} {features}".encode()).hexdigest()
