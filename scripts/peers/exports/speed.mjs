// Tokens a second that node-llama-cpp writes on one thread; see scripts/compare-generate. It runs in the directory where
// npm has put that. Arguments: a GGUF file, the most tokens of a text, how many texts, a prompt. Prints a line a text.
import {getLlama} from "node-llama-cpp";

const [file, tokens, texts, prompt] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
const context = await model.createContext({contextSize: 512, threads: 1, flashAttention: false});
const sequence = context.getSequence();
for (let text = 0; text < Number(texts); text++) {
  await sequence.clearHistory();
  const begin = process.hrtime.bigint();
  let count = 0;
  for await (const _ of sequence.evaluate(model.tokenize(prompt), {temperature: 0, yieldEogToken: true}))
    if (++count >= Number(tokens)) break;
  console.log((count / (Number(process.hrtime.bigint() - begin) / 1e9)).toFixed(2));
}
process.exit(0);
