package io.chorale.export;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Map;

/** What predicts in a folder of MLflow's: the flavor {@code python_function}, and what it needs. */
interface MlflowPredictor {
  /** Says by which module it is loaded, and of which files. */
  void flavor(ObjectNode flavor);

  /** The inputs of the signature. */
  ArrayNode inputs();

  /** The outputs of the signature. */
  ArrayNode outputs();

  /** Packages for pip, with their versions. */
  List<String> needs();

  /** Says what {@link #example} is. */
  void exampleInfo(ObjectNode info);

  /** An input to try the model with. */
  ObjectNode example();

  /** Its files, by their paths in the folder. */
  Map<String, Storage.Content> files();
}
