package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.chat.Chat;
import io.chorale.chat.Conversation;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.token.ChatTemplate;
import io.chorale.token.PreTokenizer;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hugging Face's transformers writes conversations by a template as Chorale does: the same texts,
 * ids and, where the template marks answers, masks.
 */
class HubChatTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final List<String> CONTROL = List.of("<|im_start|>", "<|im_end|>", "<|call|>");

  /** Each uses some of what the templates of well-known models do. */
  private static final List<String> TEMPLATES =
      List.of(
          // One expression a message, with a system message of its own.
          """
          {% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
          Be brief<|im_end|>
          ' }}{% endif %}{{'<|im_start|>' + message['role'] + '
          ' + message['content'] + '<|im_end|>' + '
          '}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
          ' }}{% endif %}
          """,
          // Marked answers, the token that ends them among them.
          """
          {%- for message in messages %}
              {%- if message.role == 'assistant' %}
                  {{- '<|im_start|>assistant\\n' }}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}
                  {{- '\\n' }}
              {%- else %}
                  {{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>\\n' }}
              {%- endif %}
          {%- endfor %}
          {%- if add_generation_prompt %}
              {{- '<|im_start|>assistant\\n' }}
          {%- endif %}
          """,
          // Marked answers that touch what is before and behind them, so that tokens straddle.
          "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content|trim }}"
              + "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
          // A header of its own, trimmed contents, a check of the order, a name for the end.
          """
          {{- bos_token }}
          {%- if messages[0]['role'] == 'system' %}
              {%- set system = messages[0]['content']|trim %}
              {%- set messages = messages[1:] %}
          {%- else %}
              {%- set system = "" %}
          {%- endif %}
          {%- if not date_string is defined %}
              {%- set date_string = "26 Jul 2024" %}
          {%- endif %}
          {{- "Date: " + date_string + "\\n\\n" + system }}
          {%- for message in messages %}
              {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
                  {{- raise_exception('Roles must alternate') }}
              {%- endif %}
              {%- if message['role'] == 'user' %}
                  {{- '[INST] ' + message['content'] | trim + ' [/INST]' }}
              {%- else %}
                  {{- ' ' + message['content'] | trim + eos_token }}
              {%- endif %}
          {%- endfor %}
          """,
          // Thoughts that only the last answers keep; calls as JSON; messages looked at backwards.
          """
          {%- set ns = namespace(searching=true, last=messages|length - 1) %}
          {%- for message in messages[::-1] %}
              {%- set index = (messages|length - 1) - loop.index0 %}
              {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<r>') and message.content.endswith('</r>')) %}
                  {%- set ns.searching = false %}
                  {%- set ns.last = index %}
              {%- endif %}
          {%- endfor %}
          {%- macro head(role, more='') -%}
              <|im_start|>{{ role }}{{ more }}
          {% endmacro %}
          {%- for message in messages %}
              {%- set content = message.content if message.content is string else '' %}
              {{- head(message.role) }}
              {%- if message.role == "assistant" %}
                  {%- set thought = '' %}
                  {%- if '</think>' in content %}
                      {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                      {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
                  {%- endif %}
                  {%- if loop.index0 > ns.last and thought %}
                      {{- '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' }}
                  {%- endif %}
                  {{- content }}
                  {%- for call in message.tool_calls or [] %}
                      {{- '\\n<|call|>' + call.function.name + call.function.arguments|tojson }}
                      {{- call.function | tojson(indent=1) if loop.last }}
                  {%- endfor %}
              {%- elif message.content is mapping or message.content is not string %}
                  {{- message.content | tojson }}
              {%- else %}
                  {{- content }}
              {%- endif %}
              {{- '<|im_end|>\\n' }}
          {%- endfor %}
          {%- if add_generation_prompt %}
              {{- head('assistant') }}
          {%- endif %}
          """);

  private static final List<String> CONVERSATIONS =
      List.of(
          """
          [{"role": "user", "content": "the cat sat"}, {"role": "assistant", "content": "on the mat"}]
          """,
          """
          [{"role": "system", "content": " Ünï \\n"}, {"role": "user", "content": "the  cat's 北京 😀\\n"},
           {"role": "assistant", "content": "\\n\\n that was \\"that\\"\\t<b>&amp;</b> "},
           {"role": "user", "content": "  more\\u2028 "}, {"role": "assistant", "content": "é😀!"}]
          """,
          """
          [{"role": "user", "content": "sum"},
           {"role": "assistant", "content": "<think>\\n1 and 1\\n</think>\\n\\nwait"},
           {"role": "user", "content": "so?"},
           {"role": "assistant", "content": "<think>\\nstill\\n</think>\\n\\ntwo",
            "tool_calls": [{"type": "function", "function": {"name": "add",
              "arguments": {"a": 1, "b": [2.5, 1e-7, null, true, "é/\\u0001\\""], "c": {}}}}]}]
          """,
          """
          [{"role": "user", "content": "a"}, {"role": "user", "content": "b"},
           {"role": "assistant", "content": "c"}]
          """);

  @TempDir Path directory;

  private final ArrayNode asked = JSON.createArrayNode();
  private final List<Tokenizer> tokenizers = new ArrayList<>();

  @BeforeAll
  static void needsPython() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("transformers, jinja2");
    missing.ifPresent(why -> System.err.println("SKIPPED: chat templates are not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
  }

  private static byte[] trained(String kind) {
    Settings settings =
        SettingsFile.with(
            SettingsFile.defaults(),
            "tokenizer.kind=" + kind,
            "tokenizer.vocabulary=" + (kind.equals("bpe") ? 300 : 20));
    Map<String, Long> counts = new HashMap<>();
    for (String text : MadeModel.TEXTS) {
      PreTokenizer.of(settings.tokenizer())
          .split(text, piece -> counts.merge(piece, 1L, Long::sum));
    }
    return Tokenizers.train(settings.tokenizer(), counts);
  }

  private void write(byte[] tokenizer, String template) throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder-" + tokenizers.size()));
    String end = "<|endoftext|>";
    ChatTemplate chat = new ChatTemplate(template, Map.of("bos_token", end, "eos_token", end), "");
    byte[] json = Tokenizers.withChat(tokenizer, chat, CONTROL, "made");
    tokenizers.add(Tokenizers.load(json, "made"));
    Files.write(folder.resolve("tokenizer.json"), json);
    Files.writeString(folder.resolve("chat_template.jinja"), template);
    ObjectNode config = JSON.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("bos_token", end).put("eos_token", end).put("clean_up_tokenization_spaces", false);
    Files.writeString(folder.resolve("tokenizer_config.json"), config.toString());
    ObjectNode each = asked.addObject().put("folder", folder.toString());
    CONVERSATIONS.forEach(each.putArray("conversations")::add);
  }

  @Test
  void textsIdsAndMasksAreThoseOfTransformers() throws Exception {
    for (String template : TEMPLATES) {
      for (String kind : List.of("bpe", "characters")) {
        write(trained(kind), template);
      }
    }
    JsonNode answers = Python.run("chat.py", asked);
    int masked = 0;
    int refused = 0;
    for (int i = 0; i < answers.size(); i++) {
      Tokenizer tokenizer = tokenizers.get(i);
      Chat chat = Chat.of(tokenizer).orElseThrow();
      for (int row = 0; row < CONVERSATIONS.size(); row++) {
        JsonNode theirs = answers.get(i).get(row);
        Conversation conversation = Conversation.parse(CONVERSATIONS.get(row));
        String which = "template %d, conversation %d".formatted(i / 2, row);
        if (theirs.has("refused")) {
          assertThrows(
              Conversation.UnfitException.class,
              () -> chat.encode(conversation),
              theirs.toString());
          refused++;
          continue;
        }
        assertEquals(theirs.get("text").asText(), chat.text(conversation, false), which);
        assertEquals(theirs.get("asked").asText(), chat.text(conversation, true), which);
        assertEquals(theirs.get("prompt"), JSON.valueToTree(chat.prompt(conversation)), which);
        Chat.Encoded encoded = chat.encode(conversation);
        int count = theirs.get("ids").size();
        int[] ids = encoded.ids();
        assertTrue(ids.length == count || ids.length == count + 1, which);
        assertEquals(tokenizer.endOfText(), ids[ids.length - 1], which);
        assertEquals(theirs.get("ids"), JSON.valueToTree(Arrays.copyOf(ids, count)), which);
        if (theirs.get("mask").size() > 0) {
          for (int at = 0; at < count; at++) {
            assertEquals(
                theirs.get("mask").get(at).asInt() == 1,
                encoded.answers()[at],
                which + " at " + at);
          }
          masked++;
        }
      }
    }
    assertEquals(16, masked);
    assertEquals(2, refused);
  }
}
