package io.chorale.token;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How conversations are written for a model, as its tokenizer.json keeps it.
 *
 * @param source of the template
 * @param tokens texts that it knows by name, such as {@code bos_token}
 * @param date that it calls today, as ISO 8601 writes it; empty where it knows none
 */
public record ChatTemplate(String source, Map<String, String> tokens, String date) {
  public ChatTemplate {
    tokens = Collections.unmodifiableMap(new TreeMap<>(tokens));
  }
}
