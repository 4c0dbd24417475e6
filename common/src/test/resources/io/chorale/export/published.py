"""Makes small published models of each architecture by transformers, with their logits, losses and gradients."""
import json
import logging
import pathlib
import sys

import safetensors.torch
import tokenizers
import torch
import transformers
from transformers import GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)
asked = json.load(sys.stdin)
root = pathlib.Path(asked["directory"])
ids = torch.tensor([asked["ids"]])
shape = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=6,
             num_key_value_heads=2, vocab_size=310, max_position_embeddings=64)
llama3 = dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0,
              high_freq_factor=4.0, original_max_position_embeddings=16)
gpt2 = dict(n_embd=24, n_layer=2, n_head=3, n_positions=24, vocab_size=310)
made = {
    "gpt2": (GPT2Config(**gpt2, resid_pdrop=0.0), torch.float32),
    "gpt2-old": (GPT2Config(**gpt2, activation_function="gelu", n_inner=50), torch.float32),
    "smollm2": (LlamaConfig(**shape, tie_word_embeddings=True, rms_norm_eps=1e-5,
                            rope_parameters=dict(rope_type="default", rope_theta=100000.0)), torch.bfloat16),
    "llama3": (LlamaConfig(**shape, head_dim=8, rope_parameters=llama3), torch.float16),
    "llama-bias": (LlamaConfig(**shape, attention_bias=True, mlp_bias=True), torch.float32),
    "qwen2": (Qwen2Config(**shape, rope_parameters=dict(rope_type="default", rope_theta=1e6)), torch.bfloat16),
    "qwen3": (Qwen3Config(**shape, head_dim=10, tie_word_embeddings=True), torch.bfloat16),
}
pieces = tokenizers.Tokenizer(tokenizers.models.BPE())
pieces.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
pieces.decoder = tokenizers.decoders.ByteLevel()
pieces.train_from_iterator(["the cat sat on the mat"], tokenizers.trainers.BpeTrainer(
    vocab_size=300, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=pieces, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
    chat_template="{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}")

answers = {}
for name, (config, dtype) in made.items():
    torch.manual_seed(len(name))
    config.bos_token_id, config.eos_token_id = 1, 2
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3 + (1 if parameter.dim() == 1 else 0))
    folder = root / name
    model.to(dtype).save_pretrained(folder, max_shard_size="12KB" if dtype == torch.bfloat16 else "5GB")
    tokenizer.save_pretrained(folder)
    if name == "gpt2-old":
        file = folder / "model.safetensors"
        arrays = {key.removeprefix("transformer."): value
                  for key, value in safetensors.torch.load_file(file).items()}
        for layer in range(2):
            arrays[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(1, 1, 24, 24)).bool()
            arrays[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
        safetensors.torch.save_file(arrays, file, metadata={"format": "pt"})
    # As it was saved, in float32: what is computed with is what was written.
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval()
    output = model(input_ids=ids, labels=ids)
    output.loss.backward()
    gradients = root / (name + "-gradients")
    gradients.mkdir()
    (gradients / "config.json").write_bytes((folder / "config.json").read_bytes())
    safetensors.torch.save_file(
        {key: parameter.grad.contiguous() for key, parameter in model.named_parameters()},
        gradients / "model.safetensors")
    answers[name] = {
        "logits": output.logits[0].tolist(), "loss": output.loss.item(), "dtype": str(dtype).removeprefix("torch."),
        "files": len(list(folder.glob("*.safetensors")))}
json.dump(answers, sys.stdout)
