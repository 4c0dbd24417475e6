"""Makes small adapters by PEFT with their logits and gradients, or reads some and tells their logits."""
import json
import logging
import pathlib
import sys

import peft
import safetensors.torch
import torch
import transformers
from transformers import GPT2Config, LlamaConfig, Qwen3Config

transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)
asked = json.load(sys.stdin)
ids = torch.tensor([asked["ids"]])


def model_of(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")


def read():
    answers = []
    for each in asked["read"]:
        model = peft.PeftModel.from_pretrained(model_of(each["model"]), each["adapter"]).eval()
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, -1]
            merged = model.merge_and_unload()(input_ids=ids).logits[0, -1]
        answers.append({"logits": logits.tolist(), "merged": merged.tolist()})
    return answers


def make():
    root = pathlib.Path(asked["directory"])
    shape = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=6,
                 num_key_value_heads=2, vocab_size=310, max_position_embeddings=64)
    gpt2 = dict(n_embd=24, n_layer=2, n_head=3, n_positions=24, vocab_size=310)
    made = {
        "gpt2": (GPT2Config(**gpt2), dict(target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)),
        "llama": (LlamaConfig(**shape, tie_word_embeddings=True), dict(target_modules=["q_proj", "v_proj"])),
        "qwen3": (Qwen3Config(**shape, head_dim=10), dict(target_modules="all-linear", use_rslora=True)),
    }
    answers = {}
    for name, (config, lora) in made.items():
        torch.manual_seed(len(name))
        config.bos_token_id, config.eos_token_id = 1, 2
        model = transformers.AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.randn_like(parameter) * 0.2 + (1 if parameter.dim() == 1 else 0))
        model.save_pretrained(root / name)
        model = peft.get_peft_model(model_of(root / name), peft.LoraConfig(
            r=3, lora_alpha=5, lora_dropout=0.0, task_type="CAUSAL_LM", **lora))
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if "lora_" in key:
                    parameter.copy_(torch.randn_like(parameter) * 0.3)
        model.save_pretrained(root / (name + "-adapter"))
        output = model(input_ids=ids, labels=ids)
        output.loss.backward()
        # As PEFT names them in its file, so that they can be read as an adapter.
        gradients = {key.replace(".default", ""): parameter.grad.contiguous()
                     for key, parameter in model.named_parameters() if "lora_" in key}
        folder = root / (name + "-gradients")
        folder.mkdir()
        (folder / "adapter_config.json").write_bytes((root / (name + "-adapter") / "adapter_config.json").read_bytes())
        safetensors.torch.save_file(gradients, folder / "adapter_model.safetensors")
        answers[name] = {"logits": output.logits[0, -1].tolist(), "loss": output.loss.item()}
    return answers


json.dump(read() if "read" in asked else make(), sys.stdout)
