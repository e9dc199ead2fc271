"""GraphQL documents: read, held against the schema, executed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    execute,
    parse,
    validate,
)

from aos_cli.http_face.face import Face
from aos_cli.http_face.graphql_resolvers import MAX_FIRST, Root
from aos_cli.http_face.graphql_schema import gateway_schema

# Four times the longest document of the clients that are known. To check a document takes longer than it is long.
_MAX_CHARACTERS = 8_192

# Fields that an answer may have, about: a second's work. Names given to the same lists over and over make more of few
# characters. As many lists as a question may have, with every field of their entries, stay below.
_MAX_FIELDS = 300_000

# How many of each there are to be reckoned with: edges as many as there can be, tags and parts of the schema as usual.
_LISTS = {"edges": MAX_FIRST, "tags": 40} | dict.fromkeys(
    ("types", "directives", "fields", "inputFields", "args", "enumValues", "possibleTypes", "interfaces"), 10
)


def answer(face: Face, question: object) -> tuple[dict[str, Any], int]:
    """The answer to a question of GraphQL.

    Args:
        face: the node that is asked.
        question: `query`, and perhaps `variables` and `operationName`, as they came.

    Returns:
        The answer, and the status of HTTP: 400 when the document cannot be executed.

    Raises:
        AosError: the node could not look.
    """
    try:
        query, variables, operation = _parts(question)
        document = parse(query)
        errors: Sequence[GraphQLError] = validate(gateway_schema(), document) or _too_large(document)
    except GraphQLError as error:
        errors = [error]
    except RecursionError:
        errors = [GraphQLError("The document is nested too deeply")]
    if errors:
        return {"errors": [wrong.formatted for wrong in errors]}, 400
    result = execute(
        gateway_schema(), document, Root(face), variable_values=variables, operation_name=operation
    )  # fmt: skip
    assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is a coroutine
    for failed in result.errors or ():
        if failed.original_error is not None and not isinstance(failed.original_error, GraphQLError):
            # Not found and could not look are different things.
            raise failed.original_error
    return dict(result.formatted), 200 if result.data is not None else 400


def _too_large(document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a valid document whose answer would have too many fields."""
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    known: dict[str, int] = {}

    def fields(selections: SelectionSetNode | None) -> int:
        """About how many fields a selection gives."""
        total = 0
        for selected in selections.selections if selections else ():
            if isinstance(selected, FieldNode):
                total += 1 + _LISTS.get(selected.name.value, 1) * fields(selected.selection_set)
            elif isinstance(selected, FragmentSpreadNode):
                name = selected.name.value
                if name not in known:
                    known[name] = fields(fragments[name].selection_set)
                total += known[name]
            else:
                total += fields(getattr(selected, "selection_set", None))
        return total

    asked = (fields(part.selection_set) for part in document.definitions if isinstance(part, OperationDefinitionNode))
    if max(asked, default=0) <= _MAX_FIELDS:
        return []
    return [GraphQLError("The answer would have too many fields; ask for fewer of them, or in several questions")]


def _parts(question: object) -> tuple[str, dict[str, Any], str | None]:
    """A question's document, variables and operation name.

    Raises:
        GraphQLError: it is not of that form.
    """
    if not isinstance(question, Mapping) or not isinstance(question.get("query"), str):
        raise GraphQLError("Send JSON with the text of a GraphQL document as query")
    variables, operation = question.get("variables"), question.get("operationName")
    if isinstance(variables, str):
        # In the query of a URL, variables are text.
        try:
            variables = json.loads(variables)
        except (ValueError, RecursionError):
            raise GraphQLError("The variables are not JSON") from None
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        raise GraphQLError("variables must be an object and operationName a text")
    if len(question["query"]) > _MAX_CHARACTERS:
        raise GraphQLError(f"The document has more than {_MAX_CHARACTERS:,} characters")
    return question["query"], variables or {}, operation or None
