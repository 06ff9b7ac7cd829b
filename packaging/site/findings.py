"""The findings of the preflight, read from the Swift sources: severity, message, advice. What differs becomes an ellipsis."""

import re

CALL = re.compile(r"\.(error|warning|note)\(")


def read(folder):
    """All findings below a folder of sources, each once, errors first."""
    found = {}
    for file in sorted(folder.rglob("*.swift")):
        text = re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.MULTILINE)
        for match in CALL.finditer(text):
            arguments = split(text, match.end())
            message = literals(arguments[0]) or literals(variable(arguments[0].strip(), text[: match.start()]))
            if message:
                advice = literals(arguments[1]) if len(arguments) > 1 else []
                found.setdefault((match[1], message[0]), " Or: ".join(advice))
    order = {"error": 0, "warning": 1, "note": 2}
    rows = [(severity, message, advice) for (severity, message), advice in found.items()]
    return sorted(rows, key=lambda row: (order[row[0]], row[1].lower()))


def variable(name, before):
    """What a constant was set to, by the nearest declaration above."""
    declared = [match.end() for match in re.finditer(rf"let {re.escape(name)} =", before)] if name else []
    return split(before + ")", declared[-1])[0].partition("\n\n")[0] if declared else ""


def split(text, start):
    """The arguments of a call whose parenthesis has been opened before `start`."""
    arguments, depth, begin, place = [], 0, start, start
    while place < len(text):
        character = text[place]
        if character == '"':
            place = end_of_string(text, place)
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif character == "," and depth == 0:
            arguments.append(text[begin:place])
            begin = place + 1
        place += 1
    return [*arguments, text[begin:place]]


def end_of_string(text, start):
    place = start + 1
    while place < len(text) and text[place] != '"':
        if text.startswith("\\(", place):
            place = end_of_interpolation(text, place + 2)
        else:
            place += 2 if text[place] == "\\" else 1
    return place + 1


def end_of_interpolation(text, place):
    depth = 1
    while place < len(text) and depth:
        if text[place] == '"':
            place = end_of_string(text, place)
            continue
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return place


def literals(expression):
    """The texts that an expression may be: pieces added together are one, branches of a condition are several."""
    texts, place, last = [], 0, 0
    while place < len(expression):
        if expression[place] != '"':
            place += 1
            continue
        end = end_of_string(expression, place)
        text = plain(expression[place + 1 : end - 1])
        if texts and re.fullmatch(r"\s*\+\s*", expression[last:place]):
            texts[-1] += text
        # A string that something else is called with is no text of its own.
        elif re.search(r"(^|[?:(\n])\s*$", expression[:place]):
            texts.append(text)
        place = last = end
    return texts


def plain(text):
    result, place = "", 0
    while place < len(text):
        if text.startswith("\\(", place):
            end = end_of_interpolation(text, place + 2)
            # Statements are put together from constants and names.
            statement = re.fullmatch(r'\s*"(.*)" as SQL\s*', text[place + 2 : end - 1], re.DOTALL)
            result += plain(statement[1]) if statement else "…"
            place = end
        elif text[place] == "\\":
            result += text[place + 1]
            place += 2
        else:
            result += text[place]
            place += 1
    return result
