package io.chorale.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.Shown;
import java.util.Map;
import java.util.Set;

/** The keys of a {@code config.json}: those that are read, that say nothing, or one thing alone. */
final class HubKeys {
  /** That {@link HubShape} reads. */
  private static final Set<String> READ =
      Set.of(
          "model_type",
          "vocab_size",
          "tie_word_embeddings",
          "initializer_range",
          "n_positions",
          "n_embd",
          "n_layer",
          "n_head",
          "n_inner",
          "activation_function",
          "layer_norm_epsilon",
          "hidden_size",
          "intermediate_size",
          "num_hidden_layers",
          "num_attention_heads",
          "num_key_value_heads",
          "head_dim",
          "hidden_act",
          "max_position_embeddings",
          "rms_norm_eps",
          "rope_theta",
          "rope_scaling",
          "rope_parameters",
          "attention_bias",
          "mlp_bias",
          "layer_types");

  /** Of training, of writing texts and of the library itself: the model computes the same. */
  private static final Set<String> SILENT =
      Set.of(
          // of the library
          "architectures",
          "transformers_version",
          "dtype",
          "torch_dtype",
          "use_cache",
          "_name_or_path",
          "name_or_path",
          "chunk_size_feed_forward",
          "output_attentions",
          "output_hidden_states",
          "output_scores",
          "problem_type",
          "return_dict",
          "return_dict_in_generate",
          "id2label",
          "label2id",
          "num_labels",
          "finetuning_task",
          "tokenizer_class",
          "torchscript",
          "use_bfloat16",
          "tf_legacy_loss",
          "is_decoder",
          "pretraining_tp",
          "transformers.js_config",
          "is_llama_config",
          "gradient_checkpointing",
          "_attn_implementation",
          "attn_implementation",
          "_attn_implementation_autoset",
          // tokens
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "sep_token_id",
          "unk_token_id",
          "cls_token_id",
          "mask_token_id",
          "decoder_start_token_id",
          "prefix",
          // dropout, which a training here sets itself
          "resid_pdrop",
          "embd_pdrop",
          "attn_pdrop",
          "attention_dropout",
          "classifier_dropout",
          // other heads
          "summary_type",
          "summary_use_proj",
          "summary_activation",
          "summary_proj_to_labels",
          "summary_first_dropout",
          "n_ctx",
          "reorder_and_upcast_attn",
          // used beside use_sliding_window alone
          "sliding_window",
          "max_window_layers",
          // writing
          "task_specific_params",
          "max_length",
          "min_length",
          "do_sample",
          "early_stopping",
          "num_beams",
          "num_beam_groups",
          "diversity_penalty",
          "temperature",
          "top_k",
          "top_p",
          "typical_p",
          "repetition_penalty",
          "length_penalty",
          "no_repeat_ngram_size",
          "encoder_no_repeat_ngram_size",
          "bad_words_ids",
          "num_return_sequences",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "remove_invalid_values",
          "exponential_decay_length_penalty",
          "suppress_tokens",
          "begin_suppress_tokens");

  /** That may have this value alone, as JSON. */
  private static final Map<String, String> ONE =
      Map.of(
          "is_encoder_decoder", "false",
          "add_cross_attention", "false",
          "scale_attn_weights", "true",
          "scale_attn_by_inverse_layer_idx", "false",
          "use_sliding_window", "false",
          "rope_interleaved", "false",
          "partial_rotary_factor", "1.0",
          "pruned_heads", "{}",
          "tie_encoder_decoder", "false",
          "cross_attention_hidden_size", "null");

  private static final String FULL = "full_attention";

  private HubKeys() {}

  /** Refuses, by its name, a key that says what is not known here. */
  static void check(HubConfig config) {
    for (Map.Entry<String, JsonNode> entry : config.entries()) {
      String key = entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isNull() || READ.contains(key) || SILENT.contains(key)) {
        continue;
      }
      String only = ONE.get(key);
      if (only == null) {
        throw config.refused(
            "its config.json has the key " + Shown.of(key),
            "keys that are known here",
            "Where the model computes the same without it, remove it there.");
      }
      if (!same(value, only)) {
        throw config.refused(key, only);
      }
    }
    for (JsonNode layer : config.at("layer_types")) {
      if (!layer.asText().equals(FULL)) {
        throw config.refused("layer_types", FULL + " alone");
      }
    }
  }

  private static boolean same(JsonNode value, String only) {
    if (value.isNumber()) {
      return only.equals(Double.toString(value.asDouble()));
    }
    return value.equals(read(only));
  }

  private static JsonNode read(String json) {
    try {
      return JsonMapper.builder().build().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
