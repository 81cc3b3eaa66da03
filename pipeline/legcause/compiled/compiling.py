"""A kernel and what it is called with → machine code. The only place that needs numba."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import from_dtype, types
from numba.core import cgutils, compiler
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numba.np import arrayobj

BLOCK = types.CPointer(types.int64)


def compiled(kernel: Callable[..., Any], arguments: Sequence[Any]) -> tuple[str, bytes]:
    """The name of a function, and an object file that holds it: int32 (int64 *result, void **error, int64 *block), see machine.packed.

    `arguments` as the kernel will have them: arrays in one piece, whole numbers, floats, and named tuples of these. The kernel returns a whole
    number, or nothing."""
    kinds = types.Tuple([_kind(argument) for argument in arguments])

    @intrinsic  # type: ignore[untyped-decorator]
    def unpacked(_: Any, block: Any) -> Any:
        return kinds(BLOCK), lambda context, builder, signature, values: _Unpacking(context, builder, values[0]).value(kinds)

    def called(block: Any) -> Any:
        return kernel(*unpacked(block))

    flags = compiler.Flags()
    flags.nrt = False
    flags.error_model = "numpy"
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True  # which ask for more of Python than is there when the code is loaded
    with _places_from_the_begin():
        made = compiler.compile_extra(cpu_target.typing_context, cpu_target.target_context, called, (BLOCK,), None, flags, {})
    if made.signature.return_type not in (types.none, types.int64):
        raise TypeError(f"{kernel.__name__}: returns {made.signature.return_type}, not int64")
    return made.fndesc.llvm_func_name, made.library._get_compiled_object()


@contextmanager
def _places_from_the_begin() -> Iterator[None]:
    """Kernels name no place in an array from its end, so there is no need to look whether a place is below 0: a tenth of the time."""
    usual = arrayobj.fix_integer_index
    arrayobj.fix_integer_index = lambda context, builder, kind, place, _: context.cast(builder, place, kind, types.intp)
    try:
        yield
    finally:
        arrayobj.fix_integer_index = usual


def _kind(argument: Any) -> types.Type:
    if isinstance(argument, tuple):
        return types.NamedTuple([_kind(part) for part in argument], type(argument))
    if isinstance(argument, np.ndarray):
        return types.Array(from_dtype(argument.dtype), argument.ndim, "C")
    return types.float64 if isinstance(argument, float) else types.int64


class _Unpacking:
    """Reads one value after the other from a block of 64-bit numbers."""

    def __init__(self, context: Any, builder: Any, block: Any) -> None:
        self._context, self._builder, self._block, self._at = context, builder, block, 0

    def value(self, kind: types.Type) -> Any:
        if isinstance(kind, types.BaseTuple):
            return self._context.make_tuple(self._builder, kind, [self.value(part) for part in kind.types])
        if isinstance(kind, types.Array):
            return self._array(kind)
        number = self._next()
        return self._builder.bitcast(number, self._context.get_value_type(kind)) if kind is types.float64 else number

    def _next(self) -> Any:
        place = self._builder.gep(self._block, [self._context.get_constant(types.intp, self._at)])
        self._at += 1
        return self._builder.load(place)

    def _array(self, kind: types.Array) -> Any:
        array = arrayobj.make_array(kind)(self._context, self._builder)
        address = self._builder.inttoptr(self._next(), array.data.type)
        shape = [self._next() for _ in range(kind.ndim)]
        size = self._context.get_constant(types.intp, self._context.get_abi_sizeof(self._context.get_data_type(kind.dtype)))
        strides = [size]
        for length in reversed(shape[1:]):
            strides.insert(0, self._builder.mul(strides[0], length))
        arrayobj.populate_array(
            array,
            data=address,
            shape=cgutils.pack_array(self._builder, shape),
            strides=cgutils.pack_array(self._builder, strides),
            itemsize=size,
            meminfo=None,
        )
        return array._getvalue()
