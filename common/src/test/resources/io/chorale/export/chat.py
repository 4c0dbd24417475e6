"""What transformers makes of conversations: their texts, ids and masks of answers."""

import json
import os
import sys

# What the library prints, from native code too, is no answer.
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from transformers import AutoTokenizer  # noqa: E402

answers = []
for asked in json.load(sys.stdin):
    tokenizer = AutoTokenizer.from_pretrained(asked["folder"])
    rows = []
    for conversation in asked["conversations"]:
        messages = json.loads(conversation)
        try:
            marks = "{% generation" in tokenizer.chat_template
            encoded = tokenizer.apply_chat_template(
                messages, return_dict=True, return_assistant_tokens_mask=marks
            )
            rows.append(
                {
                    "text": tokenizer.apply_chat_template(messages, tokenize=False),
                    "asked": tokenizer.apply_chat_template(
                        messages, tokenize=False, add_generation_prompt=True
                    ),
                    "ids": encoded["input_ids"],
                    "prompt": tokenizer.apply_chat_template(
                        messages, add_generation_prompt=True, return_dict=True
                    )["input_ids"],
                    "mask": encoded["assistant_masks"] if marks else [],
                }
            )
        except Exception as refused:
            rows.append({"refused": str(refused)})
    answers.append(rows)
out.write(json.dumps(answers))
out.close()
