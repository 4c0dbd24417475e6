// What node-llama-cpp reads and writes of the prompts of ours.json; see scripts/judge-exports. It runs in the directory
// where npm has put that. Arguments: the file to add answers to, a line each; the most tokens to write; and GGUF files,
// whose directories each have an ours.json.
import {appendFileSync, readFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {getLlama} from "node-llama-cpp";

const [out, tokens, ...files] = process.argv.slice(2);
const version = JSON.parse(readFileSync("node_modules/node-llama-cpp/package.json")).version;
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});

// Probabilities are the softmax of all scores: logarithms of theirs, less that of the likeliest, are the scores less its.
function difference(logits, probabilities) {
  const best = logits.indexOf(Math.max(...logits));
  let largest = 0;
  for (const [id, probability] of probabilities) {
    // Below, few digits are left of it.
    if (probability > 1e-20)
      largest = Math.max(largest, Math.abs(Math.log(probability / probabilities.get(best)) - logits[id] + logits[best]));
  }
  return largest;
}

async function answer(model, ours) {
  const context = await model.createContext({contextSize: 256, threads: 1, sequences: 2});
  const ids = model.tokenize(ours.prompt);
  const written = [];
  for await (const id of context.getSequence().evaluate(ids, {temperature: 0})) {
    written.push(id);
    if (written.length >= Number(tokens)) break;
  }
  const read = [...ours.ids, ...ours.written].slice(0, ours.ids.length + ours.logits.length - 1);
  const asked = read.map((id, i) => i < ours.ids.length - 1 ? id
    : [id, {generateNext: {probabilities: true, options: {temperature: 0}}}]);
  const found = (await context.getSequence().controlledEvaluate(asked)).slice(ours.ids.length - 1);
  const differences = found.map((each, i) => difference(ours.logits[i], each.next.probabilities));
  await context.dispose();
  return {ids, written, difference: Math.max(...differences)};
}

for (const file of files) {
  const result = {judge: "node-llama-cpp", version, file};
  try {
    const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
    result.prompts = [];
    for (const ours of JSON.parse(readFileSync(join(dirname(file), "ours.json"))))
      result.prompts.push(await answer(model, ours));
    await model.dispose();
  } catch (error) {
    result.error = String(error);
  }
  appendFileSync(out, JSON.stringify(result) + "\n");
}
process.exit(0);
