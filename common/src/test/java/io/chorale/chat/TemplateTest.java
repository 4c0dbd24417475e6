package io.chorale.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The part of Jinja's language; what is expected is what Jinja 3.1 gives. */
class TemplateTest {
  private static final Map<String, Object> VALUES =
      Map.of(
          "s", "Hello World",
          "n", 7,
          "l", List.of(3, 1, 2),
          "d", Map.of("a", "z"),
          "m", List.of(Map.of("role", "user", "content", " x "), Map.of("role", "tool")));

  private static String render(String template) {
    Map<String, Object> values = new HashMap<>();
    VALUES.forEach((name, value) -> values.put(name, Values.given(value)));
    return Template.of(template).render(values, 0).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "{{ s[::-1] }}|{{ s[1:3] }}|{{ l[-1] }}|{{ l[5] }}|{{ d['a'] }}{{ d.b }}¦dlroW olleH|el|2||z",
        "{{ s.split('o')[-1] }}{{ s.startswith(('x', 'He')) }}{{ s.strip('Hd') }}¦rldTrueello Worl",
        "{{ n / 2 }} {{ n // 2 }} {{ -n % 3 }} {{ -2|abs }} {{ 1e20 }} {{ 0.1 + 0.2 }}¦3.5 3 2 2 1e+20 0.30000000000000004",
        "{{ n > 5 and not s is none }}{{ 1 < 2 < 2 }}{{ true == 1 }}{{ 'a' if n == 3 }}¦TrueFalseTrue",
        "{{ d|tojson }}{{ [1, none, true, 'é\"'] }}{{ l|tojson(separators=(',', ':')) }}¦{\"a\": \"z\"}[1, None, True, 'é\"'][3,1,2]",
        "{% for x in l if x != 1 %}{{ loop.index0 }}{{ x }}{{ ',' if not loop.last }}{% else %}-{% endfor %}¦03,12",
        "{% set ns = namespace(a=0) %}{% for x in l %}{% set ns.a = ns.a + x %}{% set y = x %}{% endfor %}{{ ns.a }}{{ y }}¦6",
        "{% macro f(a, b='B') %}<{{ a }}{{ b }}>{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}¦<1B><12>",
        "{{ m|map(attribute='role')|join('+') }}{{ m|selectattr('content', 'defined')|list|length }}¦user+tool1",
        "{{ m[0].content|trim + '.' }}{{ (nope|default('no')) ~ 1 }}{{ m[1].content is defined }}¦x.no1False",
        "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}¦02",
        "{% raw %}{{ s }}{% endraw %}{# no #}{{ '{' ~ '}' }}{{ {'a': {'b': 'c'}}.a.b }}¦{{ s }}{}c",
        "{{ nope|sort }}{{ nope|map('upper')|list }}{{ nope|join(',', attribute='x') }}{{ nope|reverse }}¦[][][]",
        "{{ range(3, 9, 4) }}{{ range(5, 2, -2) }}{{ range(4, 1) }}{{ range(9223372036854775000, 9223372036854775807, 500)|length }}¦[3, 7][5, 3][]2",
        "{{ l[1::9223372036854775807] }}{{ l[1::-9223372036854775807] }}{{ s[-1] }}{{ s[20] }}{{ '𝔘é'[1] }}¦[1][1]dé",
        "{{ '3.7'|int }}{{ '-2'|int }}{{ 'x'|int(5) }}{{ true|int }}{{ ' 1e2 '|float }}{{ '0x1p3'|float }}{{ '5f'|float(1) }}¦3-251100.00.01",
        "{{ \"it's foo_bar-baz (2nd)\"|title }}|{{ \"it's foo_bar-baz (2nd)\".title() }}¦It's Foo_bar-Baz (2nd)|It'S Foo_Bar-Baz (2Nd)",
        "{{ ['b', 'A', 'a']|sort }}{{ ['b', 'A', 'a']|sort(case_sensitive=true) }}{{ ['b', 'B']|unique }}{{ ['b', 'B']|unique(true)|list }}¦['A', 'a', 'b']['A', 'a', 'b']['b']['b', 'B']",
        "{% for k, v in {'b': 1, 'A': 2}|dictsort %}{{ k }}{{ v }}{% endfor %}{{ ({'b': 1, 'B': 2}|dictsort(true, 'value', reverse=true))[0][0] }}¦A2b1B",
        "{{ '12' is lower }}{{ 'a1' is lower }}{{ 'Ab' is upper }}{{ 'AB' is upper }}¦FalseTrueFalseTrue",
        "{% set b %}[{{ s }}]{% endset %}{{ b|upper }}{% set p, q = 1, 2 %}{{ p + q }}¦[HELLO WORLD]3"
      })
  void expressions(String template, String expected) {
    assertEquals(expected, render(template));
  }

  @Test
  void whiteSpaceIsCutAsChatTemplatesExpectIt() {
    assertEquals(
        "a\n  b\nend", render("a\n  {% if true %}\n  b\n  {% endif %}\n{# note #}\nend\n"));
    assertEquals("a  b", render("a {%- if true -%} \n {{- '' }}  {{ 'b' -}} \n{%- endif %}\n"));
    assertEquals("  x", render("{% if true %}\n  {%+ if true %}x{% endif %}\n{% endif %}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ raise_exception('no ' ~ n) }}",
        "{{ nope.x }}",
        "{{ 1 + 'a' }}",
        "{{ l.append(4) }}",
        "{{ d.update(a=1) }}",
        "{{ s.__class__ }}{{ s.getClass() }}",
        "{{ n / 0 }}",
        "{{ s.startswith('e', 1) }}",
        "{{ s.find('o', 5) }}",
        "{{ s.split(limit=1) }}",
        "{{ s.replace('o', old='l', new='x') }}",
        "{{ l|map('int', base=2)|list }}",
        "{{ l|select('odd', 1)|list }}",
        "{{ range(0, 4, by=2) }}",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(b=1) }}",
        "{{ 1e300|int }}"
      })
  void whatCannotBeRenderedIsTold(String template) {
    assertThrows(TemplateException.class, () -> render(template));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include 'x' %}",
        "{{ s|nope }}",
        "{{ s is nope }}",
        "{% if true %}",
        "{{ 'a }}",
        "{{ s",
        "{% endfor %}",
        "{{ 99999999999999999999 }}",
        "{{ s|trim(left=true) }}",
        "{{ '101'|int(0, 2) }}",
        "{{ s is string(1) }}",
        "{{ '\\0' }}",
        "{# no end"
      })
  void whatCannotBeParsedIsTold(String template) {
    String message =
        assertThrows(TemplateException.class, () -> Template.of(template)).getMessage();
    assertTrue(message.startsWith("line 1: "), message);
  }

  /** None of them takes more than moments and a few megabytes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{{ 'x' * 999999999 }}",
        "{{ range(999999999) }}",
        "{{ range(-9223372036854775807, 9223372036854775807) }}",
        "{{ range(0, 100001) }}{{ range(1, 1, 0) }}",
        "{{ ('x' * 1000000).join(range(99999)) }}",
        "{% set ns = namespace(l=['x' * 1000000]) %}{% for i in range(15) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l|join }}",
        "{{ ('\\n' * 1000000)|indent('x' * 1000000, blank=true) }}",
        "{% set x = 'x' * 1000000 %}{% for i in range(99999) %}{% if x[i] == x[:i] %}{% endif %}{% endfor %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(x='aaaa') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('a', 'aaaa') %}{% endfor %}"
      })
  void workIsBounded(String template) {
    assertThrows(TemplateException.class, () -> render(template));
  }

  @Test
  void whatATemplateSaysIsCut() {
    String message =
        assertThrows(TemplateException.class, () -> render("{{ raise_exception('x' * 100000) }}"))
            .getMessage();
    assertTrue(message.startsWith("xxx") && message.length() < 400, message);
  }

  @Test
  void depthIsBounded() {
    String deep = "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}";
    assertThrows(TemplateException.class, () -> Template.of(deep));
    assertThrows(TemplateException.class, () -> render("{{ 1" + " + 1".repeat(200_000) + " }}"));
  }
}
