"""Makes published models by transformers, with random parameters and the kind of tokenizer that such models have, learned
of a text: small ones of each architecture for scripts/judge-exports, one that is to learn for scripts/fine-tune-story,
one as large as SmolLM2-135M for scripts/compare-generate.

    python3 scripts/peers/exports/made.py TEXT DIRECTORY small|story|135M
"""
import pathlib
import sys

import torch
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

END = "<|endoftext|>"


def words_and_digits(digits):
    """The expression of Llama 3, and of Qwen 2, which differ in digits."""
    expression = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits
                  + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
LLAMA3 = words_and_digits(r"\p{N}{1,3}")
QWEN2 = words_and_digits(r"\p{N}")
SMOLLM = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2])


def tokenizer(text, splitting, entries):
    pieces = Tokenizer(models.BPE(ignore_merges=splitting is LLAMA3))
    pieces.pre_tokenizer = splitting
    if splitting is QWEN2:
        pieces.normalizer = normalizers.NFC()
    pieces.decoder = decoders.ByteLevel()
    pieces.train([text], trainers.BpeTrainer(
        vocab_size=entries, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=pieces, eos_token=END)


def rotary(base, **more):
    return dict(rope_parameters=dict(rope_type="default", rope_theta=base) | more)


def save(folder, config, tokenizer, deviation=None, unknown=()):
    """A model as the library begins it or, with a deviation, of random parameters that tell tokens apart. As nobody has
    taught them, rows without an entry are zero then, and so are unknown ones."""
    torch.manual_seed(1)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_token_id
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters() if deviation else ():
            around = 1 if parameter.dim() == 1 and name.endswith("weight") else 0
            parameter.copy_(around + torch.randn_like(parameter) * deviation)
        for table in (model.get_input_embeddings(), model.get_output_embeddings()) if deviation else ():
            table.weight[[*unknown, *range(len(tokenizer), len(table.weight))]] = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def small(text, directory):
    """Of each architecture, with what its published models have."""
    rows, context = 608, 256
    shape = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=2, vocab_size=rows, num_attention_heads=4,
                 num_key_value_heads=2, rms_norm_eps=1e-6, max_position_embeddings=context)
    llama3 = rotary(5e5, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                    original_max_position_embeddings=64)
    for name, splitting, config in (
            ("GPT-2", GPT2, GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=context, vocab_size=rows)),
            ("Llama", LLAMA3, LlamaConfig(**shape | dict(num_key_value_heads=4, rms_norm_eps=1e-5), **llama3)),
            ("SmolLM2", SMOLLM, LlamaConfig(
                **shape | dict(hidden_size=96, num_attention_heads=6, rms_norm_eps=1e-5), tie_word_embeddings=True,
                **rotary(1e5))),
            ("Qwen2", QWEN2, Qwen2Config(**shape, **rotary(1e6))),
            # Readers of GGUF take a head's size for that of the published ones.
            ("Qwen3", QWEN2, Qwen3Config(**shape, head_dim=128, tie_word_embeddings=True, **rotary(1e6)))):
        save(directory / name, config, tokenizer(text, splitting, 600), 0.15)


def story(text, directory):
    save(directory, LlamaConfig(
        hidden_size=192, intermediate_size=512, num_hidden_layers=4, num_attention_heads=6, num_key_value_heads=2,
        vocab_size=4000, max_position_embeddings=512, rms_norm_eps=1e-5, tie_word_embeddings=True, **rotary(1e5)),
        tokenizer(text, SMOLLM, 4000))


def smollm2(text, directory):
    """Its texts have no end."""
    pieces = tokenizer(text, SMOLLM, 2000)
    save(directory, LlamaConfig(
        hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
        vocab_size=49152, max_position_embeddings=8192, rms_norm_eps=1e-5, tie_word_embeddings=True, **rotary(1e5)),
        pieces, 0.05, [pieces.eos_token_id])


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    {"small": small, "story": story, "135M": smollm2}[sys.argv[3]](sys.argv[1], pathlib.Path(sys.argv[2]))
