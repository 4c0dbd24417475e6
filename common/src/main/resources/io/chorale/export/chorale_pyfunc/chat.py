"""The ids of a conversation at whose end an answer is asked for, by a chat template."""

import datetime
import json
import re

_ROLES = {"system", "developer", "user", "assistant", "tool", "ipython", "function"}
# Never characters of a text; one that a conversation has all the same is not taken.
_MARKS = [chr(c) for c in range(0xFDD0, 0xFDF0)]


class Refused(Exception):
    """Why a template makes nothing of a conversation."""


class Chat:
    """Writes conversations as ids. Control tokens are what the template spells: where a message
    spells one, a mark keeps it apart until its characters are encoded.

    facts: template, tokens (texts that it knows by name), date (what it calls today, or empty).
    """

    def __init__(self, facts, tokenizer):
        self.tokenizer = tokenizer
        self.names = dict(facts["tokens"], tools=None, documents=None, add_generation_prompt=True)
        if facts["date"]:
            day = datetime.date.fromisoformat(facts["date"])
            self.names["strftime_now"] = day.strftime
        self.template = _environment().from_string(facts["template"])
        spelled = sorted(tokenizer.spelled, key=len, reverse=True)
        self.control = re.compile("|".join(map(re.escape, spelled)) or "(?!)")

    def prompt(self, messages):
        """The ids of messages."""
        import jinja2

        whole = json.dumps(messages, ensure_ascii=False)
        mark = next((mark for mark in _MARKS if mark not in whole), None)
        if mark is None:
            raise Refused("characters that no text has")
        given = [
            {
                key: value if key == "role" and value in _ROLES else self._marked(value, mark)
                for key, value in message.items()
            }
            for message in messages
        ]
        try:
            text = self.template.render(self.names, messages=given)
        except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise Refused(f"the template finds {str(error)[:300]}") from None
        return self._ids(text, mark)

    def _marked(self, value, mark):
        if isinstance(value, str):
            return self.control.sub(lambda found: found[0][0] + mark + found[0][1:], value)
        if isinstance(value, list):
            return [self._marked(each, mark) for each in value]
        if isinstance(value, dict):
            return {self._marked(key, mark): self._marked(v, mark) for key, v in value.items()}
        return value

    def _ids(self, text, mark):
        ids, at = [], 0
        for found in self.control.finditer(text):
            number, before, behind = self.tokenizer.spelled[found[0]]
            part = text[at : found.start()]
            ids += self.tokenizer.encode((part.rstrip() if before else part).replace(mark, ""))
            ids.append(number)
            at = found.end()
            while behind and at < len(text) and text[at].isspace():
                at += 1
        return ids + self.tokenizer.encode(text[at:].replace(mark, ""))


def _environment():
    """Jinja as chat templates expect it, in its sandbox."""
    import jinja2.ext
    import jinja2.nodes
    import jinja2.sandbox

    class Generation(jinja2.ext.Extension):
        """The tag that marks answers, which are all the same to one who asks."""

        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.Scope(body, lineno=line)

    def refuse(message):
        raise jinja2.TemplateError(message)

    def as_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = as_json
    environment.globals["raise_exception"] = refuse
    return environment
