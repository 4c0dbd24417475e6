# Has every judge that is there read what was exported; for scripts that set "here", "directory" and "node" before.
peers=$here/peers/exports
target=$here/../jobs/target
node_llama=3.21.1
llama=$(sed -n 's/.*<llama.version>\(.*\)<.*/\1/p' "$here/../pom.xml")
tokens=24

# Another processor's name for OpenBLAS would slow one party down.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

# A form that a model does not have is no file.
shopt -s nullglob

has() { python3 -c "import $1" 2> /dev/null; }
quietly() { "$@" > "$directory/log" 2>&1 || { cat "$directory/log" >&2; exit 1; }; }
chorale() { quietly "$here/chorale" "$@"; }

# Puts node-llama-cpp where it is asked for; fails where it is not, or there is no npm.
with_node() {
  [ -n "$node" ] && command -v npm > /dev/null || return
  mkdir -p "$node"
  [ -d "$node/node_modules/node-llama-cpp" ] || quietly npm install --prefix "$node" --ignore-scripts "node-llama-cpp@$node_llama"
}

# ours PROMPTS NAME...: what we write for the prompts of a JSON file, into DIR/NAME/ours.json
ours() {
  quietly java "@$here/../conf/jvm.options" -Xmx2g -cp "$target/chorale.jar:$target/spark/jars/*" "$peers/Ours.java" \
    "$1" "$tokens" "${@:2}"
}

# judge ANSWERS NAME...: all that directories have, each beside its ours.json; adds to ANSWERS, and tells who is missing
judge() {
  local answers=$1 jar=${MAVEN_REPOSITORY:-$HOME/.m2/repository}/de/kherud/llama/$llama/llama-$llama.jar
  local each files=() folders=() graphs=()
  for each in "${@:2}"; do
    [ ! -d "$each/hf" ] || folders+=("$each/hf")
    files+=("$each"/*.gguf)
    graphs+=("$each"/*.onnx)
  done
  TQDM_DISABLE=1 python3 "$peers/hub.py" "$answers" "$tokens" "${folders[@]}" "${files[@]}"
  if with_node; then
    cp "$peers/node-llama.mjs" "$node"
    (cd "$node" && node node-llama.mjs "$answers" "$tokens" "${files[@]}")
  else
    echo "SKIPPED: node-llama-cpp, which needs npm and --node DIR." >&2
  fi
  if [ -f "$jar" ]; then
    quietly java -cp "$jar:$target/spark/jars/*" "$peers/Llama.java" "$answers" "$llama" "$tokens" "${files[@]}"
  else
    echo "SKIPPED: de.kherud:llama, as there is no $jar. Build with Maven, or set MAVEN_REPOSITORY." >&2
  fi
  if has onnxruntime; then
    python3 "$peers/graphs.py" "$answers" "$tokens" "${graphs[@]}"
  else
    echo "SKIPPED: onnxruntime, which python3 does not have." >&2
  fi
}
