"""The Condition element: tests of context keys, answered where the context knows and kept where it doesn't.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from iam.catalogue_conditions import is_boolean
from iam.combinations import combinations
from iam.context import ABSENT, OPEN, Context, Known, Value
from iam.formula import Formula
from iam.operators import OPERATORS, READERS, Operator
from iam.pattern import Pattern, Wildcard
from iam.template import Template, as_arn, as_text, as_text_in_any_case, template

TEXT_FAMILIES = ("text", "arn", "bool")
FOR_ALL = "ForAllValues"
FOR_ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key, with the values that the policy lists.

    `key` is in lower case, `name` as the policy spells it. `values` are templates for the families that
    compare text, booleans for Null, and read values (numbers, instants, networks, bytes) for the others.
    `quantifier` is the set operator, or the empty text.
    """

    key: str
    name: str
    operator: Operator
    quantifier: str
    if_exists: bool
    values: tuple[Any, ...]
    actual: Value | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # kept, since formulas that hold conditions are compared over and over
        own = (self.key, self.operator.name, self.quantifier, self.if_exists, self.values, self.actual)
        object.__setattr__(self, "_hash", hash(own))

    def __hash__(self) -> int:
        return self._hash

    @property
    def keys(self) -> frozenset[str]:
        """The context keys that decide this condition, those of variables included."""
        own = () if self.actual is not None else (self.key,)
        if self.operator.family not in TEXT_FAMILIES:
            return frozenset(own)
        return frozenset(own).union(*(value.keys for value in self.values))

    @property
    def has_variables(self) -> bool:
        """Whether a variable is left in the values that a request has yet to fill."""
        return self.operator.family in TEXT_FAMILIES and any(value.pattern is None for value in self.values)

    def decide(self, context: Context) -> Formula:
        """True or False where the context knows enough; else the condition itself, as an open test."""
        known = context[self.key] if self.actual is None else self.actual
        if self.has_variables:
            # A value whose variable has no value equals nothing and is like nothing: it lets no positive test
            # pass, and no negated one fail.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
            resolved = [value.resolve(context) for value in self.values]
            return self._with(tuple(value for value in resolved if value is not None), known)
        if known is not OPEN:
            return self._test(known)
        beginning = context.beginning(self.key)
        return self._test_beginning(beginning) if beginning else self

    def _test_beginning(self, beginning: str) -> Formula:
        """True or False where that follows from how the value begins; else the condition itself."""
        if self.operator.family == "null":
            return False in self.values
        if self.operator.family != "text":
            return self
        told = {
            any(truths) != self.operator.negated
            for truths in combinations(pattern_of(self), [Pattern([beginning, Wildcard.RUN])])
            or [(True,), (False,)]
        }
        return told.pop() if len(told) == 1 else self

    def _with(self, values: tuple[Template, ...], known: Known) -> Formula:
        left = any(value.pattern is None for value in values)
        if self._is_missing(known):
            return self.holds_when_absent()
        actual = None if known is OPEN else known
        narrowed = Condition(
            self.key, self.name, self.operator, self.quantifier, self.if_exists, values,
            actual if left else None,  # type: ignore[arg-type]
        )  # fmt: skip
        return narrowed if left or known is OPEN else narrowed._test(known)

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the condition is met in a request that has just these values, keys in lower case."""
        answer = self.decide(Context(values, closed=True))
        return answer is True

    def _test(self, known: Known) -> bool:
        operator = self.operator
        if operator.family == "null":
            return (known is ABSENT or known in ("", ())) in self.values
        if self._is_missing(known):
            return self.holds_when_absent()
        compare = self._compare
        if self.quantifier:
            items = (known,) if isinstance(known, str) else known
            met = (compare(item) != operator.negated for item in items)  # type: ignore[union-attr]
            return any(met) if self.quantifier == FOR_ANY else all(met)
        # a key with several values needs a set operator; without one, any of them may compare
        values = (known,) if isinstance(known, str) else known
        return any(map(compare, values)) != operator.negated  # type: ignore[arg-type]

    def _is_missing(self, known: Known) -> bool:
        """Whether there is nothing to compare; to set operators an empty text is an empty set too."""
        return known is ABSENT or known == () or (bool(self.quantifier) and known == "")

    def holds_when_absent(self) -> bool:
        """Whether the condition is met in a request without its key."""
        if self.if_exists or self.quantifier == FOR_ALL:
            return True
        return self.operator.negated and self.quantifier != FOR_ANY

    def _compare(self, actual: str) -> bool:
        family = self.operator.family
        if family in TEXT_FAMILIES:
            return any(value.pattern.matches(actual) for value in self.values)
        read = READERS[family](actual)
        if read is None:
            return False
        compare = self.operator.compare
        return compare is not None and any(compare(read, value) for value in self.values)

    # what people read

    def words(self, *, negated: bool = False, present: bool = False) -> str:
        """The condition, or its opposite, in words: `aws:SourceIp is in 203.0.113.0/24`.

        `present` says that the key is known to be there, so that its absence need not be spoken of.
        """
        return phrase(self, negated=negated, present=present)

    def data(self, *, negated: bool = False) -> dict[str, object]:
        """The condition for programs: key, operator as a policy writes it, values, negated."""
        return {
            "key": self.name,
            "operator": self.operator_text,
            "values": [str(text) for text in self.value_texts],
            "negated": negated,
        }

    @property
    def operator_text(self) -> str:
        """The operator as a policy writes it, with set operator and IfExists."""
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        return prefix + self.operator.name + ("IfExists" if self.if_exists else "")

    @property
    def value_texts(self) -> list[str]:
        """The values as text."""
        if self.operator.family in TEXT_FAMILIES:
            return [_template_text(value) for value in self.values]
        if self.operator.family == "null":
            return [str(value).lower() for value in self.values]
        return [value_text(value, self.operator.family) for value in self.values]


def _template_text(value: Template) -> str:
    as_written = value.pattern is None or "${" not in value.text
    return value.text if as_written else str(value.pattern) or value.text


def value_text(value: Any, family: str) -> str:
    """A read value written again: a date in ISO 8601, a network in CIDR, bytes in base64."""
    if family == "date" and -62_135_596_800 <= value < 253_402_300_800:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(value))
        return moment.isoformat().replace("+00:00", "Z")
    if family == "binary":
        return base64.b64encode(value).decode()
    if family == "address":
        return str(value.network_address) if value.num_addresses == 1 else str(value)
    return format(value, "f") if family in ("number", "date") else str(value)


_OPPOSITE_WORDS = {
    "is less than": "is at least",
    "is greater than": "is at most",
    "is before": "is at or after",
    "is after": "is at or before",
}
_OPPOSITE_WORDS |= {other: one for one, other in _OPPOSITE_WORDS.items()}


def phrase(condition: Condition, *, negated: bool, present: bool = False) -> str:
    """A condition in words. Whether it passes when the key is missing is said, unless the key is `present`."""
    name, operator = condition.name, condition.operator
    if operator.family == "null":
        absent = (True in condition.values) != negated
        if len(set(condition.values)) == 2:
            return "always" if not negated else "never"
        return f"{name} is absent" if absent else f"{name} is present"
    if operator.family == "bool" and not condition.quantifier and condition.actual is None:
        said = _bool_words(condition, negated=negated, present=present)
        if said:
            return said
    texts = condition.value_texts
    listed = ", ".join(texts[:-1]) + (" or " if len(texts) > 1 else "") + (texts[-1] if texts else "nothing")
    if condition.actual is not None:
        name = f"{name} ({condition.actual})"
    passes = condition.holds_when_absent() != negated and not present
    if condition.quantifier:
        return _set_words(condition, name, listed, negated=negated, passes=passes)
    turned = operator.negated != negated
    anything = texts == ["*"] and operator.family == "text" and operator.wildcards and passes == turned
    if not texts or anything:
        return f"{name} is absent" if passes else f"{name} is present"
    words = _turned(operator.words) if turned else operator.words
    if turned and len(texts) == 1:
        words = _OPPOSITE_WORDS.get(operator.words, words)
    text = f"{name} {words} {listed}"
    return f"{text}, or is absent" if passes else text


def _turned(words: str) -> str:
    return words.replace("is", "is not", 1) if words.startswith("is") else "does not match"


def _set_words(condition: Condition, name: str, listed: str, *, negated: bool, passes: bool) -> str:
    """A condition with a set operator in words."""
    for_any = condition.quantifier == FOR_ANY
    words = condition.operator.words
    if condition.operator.negated != (negated and not for_any):
        words = _turned(words)
    whom = (
        "no value of" if for_any and negated else "some value of" if for_any or negated else "every value of"
    )
    text = f"{whom} {name} {words} {listed}"
    return f"{text}, or it has none" if passes and for_any and not negated else text


_BOOL_WORDS = {
    (False, True, False): "is true",
    (False, False, True): "is false",
    (True, True, False): "is true or absent",
    (True, False, True): "is false or absent",
    (False, True, True): "is present",
    (True, False, False): "is absent",
}


def _bool_words(condition: Condition, *, negated: bool, present: bool) -> str:
    """A test of true and false by what passes it; nothing where variables, or other values, may do so too."""
    if condition.has_variables:
        return ""
    requests: list[dict[str, object]] = [{}, {condition.key: "true"}, {condition.key: "false"}]
    passes = tuple(
        (condition.holds(request) != negated) and not (present and not request) for request in requests
    )
    if not is_boolean(condition.key):
        other = condition.holds({condition.key: "neither"}) != negated
        if other or passes[1:] == (True, True):
            return ""
    return f"{condition.name} {_BOOL_WORDS[passes]}" if passes in _BOOL_WORDS else ""


def present_test(key: str) -> Condition:
    """The test that a request has a key, given as it is to be spelled."""
    return Condition(key.lower(), key, OPERATORS["null"], "", if_exists=False, values=(False,))


def pattern_of(condition: Condition) -> list[Pattern]:
    """The patterns that a text condition compares with."""
    return [value.pattern for value in condition.values]


def read_operator(text: str) -> tuple[str, Operator, bool] | None:
    """Set operator, comparison and IfExists of an operator as a policy writes it; None if AWS has none such."""
    quantifier, colon, rest = text.rpartition(":")
    names = {"forallvalues": FOR_ALL, "foranyvalue": FOR_ANY}
    if colon and quantifier.lower() not in names:
        return None
    lower = rest.lower()
    if_exists = lower.endswith("ifexists")
    operator = OPERATORS.get(lower.removesuffix("ifexists"))
    if operator is None or (operator.family == "null" and (if_exists or colon)):
        return None
    return names.get(quantifier.lower(), ""), operator, if_exists


def read_values(
    operator: Operator, texts: list[str], *, variables: bool
) -> tuple[tuple[Any, ...], list[str]]:
    """The values of a condition ready to compare, and those that the operator can't read."""
    if operator.family == "null":
        known = {"true": True, "false": False}
        return tuple(known[t.lower()] for t in texts if t.lower() in known), [
            text for text in texts if text.lower() not in known
        ]
    if operator.family in TEXT_FAMILIES:
        shape = {"arn": as_arn, "bool": as_text_in_any_case}.get(operator.family, as_text)
        if operator.ignore_case:
            shape = as_text_in_any_case
        return tuple(
            template(text, shape, variables=variables, wildcard=operator.wildcards) for text in texts
        ), []
    read = READERS[operator.family]
    return tuple(v for v in map(read, texts) if v is not None), [text for text in texts if read(text) is None]


__all__ = ["Condition", "Wildcard", "phrase", "read_operator", "read_values"]
