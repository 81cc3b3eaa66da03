"""What a processor does with many bytes at once, or with the bits of a number, as functions that kernels call."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from .layout import ABREAST, CLAUSE_MARKS, LANES, SENTENCE_ENDS

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
BLOCK = 64  # bytes
_BLOCK = ir.VectorType(_BYTE, BLOCK)

Generator = Any  # of code: see numba.extending.intrinsic


def _address(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    return builder.gep(arrayobj.make_array(kind)(context, builder, array).data, [at])


def _loaded(builder: Any, address: Any, kind: Any) -> Any:
    value = builder.load(builder.bitcast(address, kind.as_pointer()))
    value.align = 1
    return value


@intrinsic  # type: ignore[untyped-decorator]
def eight(_: Any, text: Any, at: Any) -> Generator:
    """The eight bytes from `at` on, the first lowest."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _loaded(builder, _address(context, builder, signature.args[0], *values), _WORD)

    return types.uint64(text, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def kinds_of_block(_: Any, text: Any, at: Any) -> Generator:
    """Of the BLOCK bytes from `at` on, each a bit, the first lowest: plain letters, digits, ends of sentences, marks, bytes beyond ASCII, and what
    may stand within a word (an apostrophe, a slash) or a number (a point, a comma)."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        block = _loaded(builder, _address(context, builder, signature.args[0], *values), _BLOCK)

        def each(byte: int) -> Any:
            return ir.Constant(_BLOCK, [byte] * BLOCK)

        def within(first: int, last: int, among: Any) -> Any:
            return builder.icmp_unsigned("<", builder.sub(among, each(first)), each(last - first + 1))

        def any_of(characters: str) -> Any:
            found = builder.icmp_unsigned("==", block, each(ord(characters[0])))
            for character in characters[1:]:
                found = builder.or_(found, builder.icmp_unsigned("==", block, each(ord(character))))
            return found

        sets = (
            within(ord("a"), ord("z"), builder.or_(block, each(0x20))),
            within(ord("0"), ord("9"), block),
            any_of(SENTENCE_ENDS),
            any_of(CLAUSE_MARKS),
            builder.icmp_unsigned(">=", block, each(0x80)),
            any_of("'`/"),
            any_of(".,"),
        )
        return cgutils.pack_array(builder, [builder.bitcast(found, _WORD) for found in sets])

    return types.UniTuple(types.uint64, 7)(text, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def sum_rows(_: Any, table: Any, chosen: Any, count: Any, sums: Any) -> Generator:
    """Fills `sums` with the sums of table[chosen[i]] over the first `count` i, a multiple of ABREAST, in double precision. The table's rows are
    filled up to a multiple of LANES."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        single, double = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(ir.DoubleType(), LANES)
        rows = arrayobj.make_array(signature.args[0])(context, builder, values[0])
        width = cgutils.unpack_tuple(builder, rows.shape)[1]
        zero, step = ir.Constant(_WORD, 0), ir.Constant(_WORD, ABREAST)
        parts = [cgutils.alloca_once(builder, double) for _ in range(ABREAST)]
        with cgutils.for_range_slice(builder, zero, width, ir.Constant(_WORD, LANES)) as (lane, _):
            for part in parts:
                builder.store(ir.Constant(double, None), part)
            with cgutils.for_range_slice(builder, zero, values[2], step) as (i, _):
                for k, part in enumerate(parts):
                    place = builder.add(i, ir.Constant(_WORD, k))
                    row = builder.sext(builder.load(_address(context, builder, signature.args[1], values[1], place)), _WORD)
                    at = builder.gep(rows.data, [builder.add(builder.mul(row, width), lane)])
                    builder.store(builder.fadd(builder.load(part), builder.fpext(_loaded(builder, at, single), double)), part)
            total = builder.load(parts[0])
            for part in parts[1:]:
                total = builder.fadd(total, builder.load(part))
            stored = builder.store(total, builder.bitcast(_address(context, builder, signature.args[3], values[3], lane), double.as_pointer()))
            stored.align = 8
        return context.get_dummy_value()

    return types.none(table, chosen, count, sums), generate


def _counting(name: str) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def count(_: Any, bits: Any) -> Generator:
        def generate(_: Any, builder: Any, __: Any, values: Any) -> Any:
            zero_is_no_error = ir.Constant(ir.IntType(1), 0)
            return getattr(builder, name)(values[0], zero_is_no_error)

        return types.int64(types.uint64), generate

    return count


lowest = _counting("cttz")  # the number of zeros below the lowest bit that is set, 64 where none is
above_highest = _counting("ctlz")  # of those above the highest
