package io.chorale.model;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.Settings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Layers of a recurrent network with dropout between them, each in one direction or both: then its
 * result is that of the way from the begin beside that of the way from the end (Schuster and
 * Paliwal, 1997).
 *
 * <p>Its state is that of each cell in turn, layer by layer, first the way from the begin: h, and c
 * in an LSTM, [H, B] each.
 *
 * <p>Autograd sees none of it: the whole stack is one cut on the tape, whose inputs are the vectors
 * it reads, where they are not a table's, and the states before.
 *
 * <p>With a memory, it begins with the last states of the network that wrote it, those of both
 * directions brought together by a learned linear layer for each state (the bridge), and {@link
 * GlobalAttention} follows the last layer; both are autograd's.
 */
final class Recurrent implements Backbone {
  private final Settings settings;
  private final String prefix;
  private final long width;
  private final int in; // of the first layer
  private final int directions;
  private final List<List<RecurrentCell>> layers = new ArrayList<>();
  private final Optional<GlobalAttention> attention;
  private final List<Linear> bridge = new ArrayList<>(); // of each state; none for one direction
  private final int memory;

  /**
   * @param memory W of what it looks at; 0 where there is none
   */
  Recurrent(Slots slots, String prefix, Settings settings, Form form, int memory) {
    this.settings = settings;
    this.prefix = prefix;
    this.width = settings.model().width();
    this.directions = form == Form.BOTH_WAYS ? 2 : 1;
    this.in = Surroundings.of(settings).inputWidth();
    int read = in;
    for (int i = 0; i < settings.model().layers(); i++) {
      List<RecurrentCell> cells = new ArrayList<>();
      cells.add(RecurrentCell.of(slots, prefix, "l" + i, settings, read));
      if (directions == 2) {
        cells.add(RecurrentCell.of(slots, prefix, "l" + i + "_reverse", settings, read));
      }
      layers.add(cells);
      read = width();
    }
    this.memory = memory;
    if (form != Form.WITH_MEMORY) {
      attention = Optional.empty();
      return;
    }
    if (memory > width) {
      Init init = Init.uniform(1 / StrictMath.sqrt((double) memory));
      for (int i = 0; i < settings.model().layers() * statesOfCell(); i++) {
        String state = i % statesOfCell() == 0 ? "hidden" : "cell";
        String name = "%sbridge_l%d.%s".formatted(prefix, i / statesOfCell(), state);
        bridge.add(Linear.of(slots, name, init, width, memory, true));
      }
    }
    attention = Optional.of(GlobalAttention.of(slots, prefix + "attention.", (int) width, memory));
  }

  @Override
  public Output forward(Weights w, Sequence x, Memory memory, State before, Pass pass) {
    GlobalAttention look = attention.orElseThrow();
    Output read = read(w, x, before.empty() ? first(w, memory) : before, pass);
    Tensor result = look.forward(w, read.values(), memory, pass.trace());
    return new Output(pass.dropout().apply(result), read.last());
  }

  /** The states to begin with: from the last ones of the network that wrote the memory. */
  private State first(Weights w, Memory memory) {
    if (bridge.isEmpty()) {
      return memory.last();
    }
    List<Tensor> last = memory.last().tensors(); // by layer, then direction, then state
    int ofCell = statesOfCell();
    List<Tensor> first = new ArrayList<>();
    for (int i = 0; i < bridge.size(); i++) {
      int at = i / ofCell * 2 * ofCell + i % ofCell;
      Tensor both = torch.cat(new TensorVector(last.get(at), last.get(at + ofCell)), 0); // [2H, B]
      first.add(bridge.get(i).forward(w, both.t()).t());
    }
    return new State(first, 1);
  }

  @Override
  public Memory prepared(Weights w, Memory memory) {
    return memory.with(attention.orElseThrow().keys(w, memory));
  }

  @Override
  public Output forward(Weights w, Sequence x, State before, Pass pass) {
    if (attention.isPresent()) {
      throw new IllegalArgumentException("a network that was made for a memory must be given one");
    }
    return read(w, x, before, pass);
  }

  private Output read(Weights w, Sequence x, State before, Pass pass) {
    if (x.lengths().documents().isPresent()) {
      throw new IllegalArgumentException(
          "a recurrent network does not tell documents in a row apart");
    }
    Workspaces<PartBuffers> workspaces =
        w.hold(
            prefix + "recurrent", () -> new Workspaces<>(() -> new PartBuffers(w.flat().values())));
    Steps steps = new Steps(x.lengths(), w.device());
    PartBuffers workspace = workspaces.take();
    Run run = new Run(w, workspace, steps, pass);
    List<Tensor> outputs;
    try (NoGradGuard guard = new NoGradGuard()) {
      outputs = run.forward(x, before.tensors());
    } finally {
      pass.tape().whenDone(() -> workspaces.giveBack(workspace));
    }
    List<Tensor> inputs = new ArrayList<>(before.tensors());
    if (x instanceof Sequence.Vectors vectors) {
      inputs.add(vectors.values());
    }
    pass.tape().cut(inputs, outputs, run::backward);
    return new Output(outputs.get(0), new State(outputs.subList(1, outputs.size()), 1));
  }

  /** Whether a batch is as long and as high as those of a stream, which all are. */
  private boolean usual(Steps steps) {
    return steps.equal()
        && steps.batch() == settings.train().batch()
        && steps.length() == settings.train().context();
  }

  /** One pass, and what its way back needs. */
  private final class Run {
    private final Weights w;
    private final PartBuffers workspace;
    private final Steps steps;
    private final Pass pass;
    private final LayerProducts products;
    private final List<Pair> pairs = new ArrayList<>();
    private final List<Tensor> masks = new ArrayList<>(); // before each layer but the first
    private int statesOfCell;
    private boolean wantsBefore;
    private int befores;

    /** A cell at work: what it reads and its loop. */
    private record Pair(RecurrentCell cell, CellInput input, RecurrentLoop loop) {}

    Run(Weights w, PartBuffers workspace, Steps steps, Pass pass) {
      this.w = w;
      this.workspace = workspace;
      this.steps = steps;
      this.pass = pass;
      this.products = LayerProducts.of(w, usual(steps));
    }

    /** The results [B, T, W], then the last state of each cell. */
    List<Tensor> forward(Sequence sequence, List<Tensor> before) {
      wantsBefore = before.stream().anyMatch(Tensor::requires_grad);
      befores = before.size();
      List<Tensor> last = new ArrayList<>();
      CellInput input = CellInput.of(sequence, steps, workspace.of("input"));
      List<Tensor> results = List.of(); // of each direction, in step layout
      int number = 0;
      for (int i = 0; i < layers.size(); i++) {
        if (i > 0) {
          input = new CellInput.Columns(dropped(beside(results, i)));
        }
        results = new ArrayList<>();
        for (int direction = 0; direction < directions; direction++) {
          RecurrentCell cell = layers.get(i).get(direction);
          CellInput read = direction == 0 ? input : input.reversed(steps);
          Buffers buffers = workspace.of(cell.name());
          RecurrentLoop loop = cell.loop(settings, w, products, buffers, steps);
          Tensor matrix = read.matrix(products, cell.inputMatrix());
          loop.forward(matrix, read.x(), states(before, number, loop));
          loop.last().forEach(state -> last.add(steps.unsorted(state)));
          Tensor hidden = loop.hidden.all(buffers, "hidden.all");
          Tensor inOrder = direction == 0 ? hidden : steps.reverse(hidden);
          results.add(inOrder);
          if (pass.trace().listens()) {
            pass.trace().states(prefix + cell.name(), () -> rows(inOrder));
          }
          pairs.add(new Pair(cell, read, loop));
          number++;
        }
      }
      List<Tensor> outputs = new ArrayList<>();
      outputs.add(
          results.size() == 1
              ? rows(results.get(0))
              : rows(steps.split(beside(results, layers.size()))));
      outputs.addAll(last);
      return outputs;
    }

    private Tensor rows(Tensor inSteps) {
      return steps.rows(inSteps, workspace.of("between"));
    }

    /** The states that a cell goes on from, in the order of the steps. */
    private List<Tensor> states(List<Tensor> all, int cell, RecurrentLoop loop) {
      statesOfCell = loop.states().size();
      return all.isEmpty()
          ? List.of()
          : all.subList(cell * statesOfCell, (cell + 1) * statesOfCell).stream()
              .map(steps::sorted)
              .toList();
    }

    /** The results of all directions below each other: columns [W, N], for layer i to read. */
    private Tensor beside(List<Tensor> results, int i) {
      Tensor columns =
          workspace.of("between").get("columns." + i, results.size() * width, steps.total());
      for (int direction = 0; direction < results.size(); direction++) {
        steps.copyToColumns(results.get(direction), columns.narrow(0, direction * width, width));
      }
      return columns;
    }

    private Tensor dropped(Tensor columns) {
      if (pass.dropout().drops()) {
        Tensor mask = pass.dropout().apply(torch.ones_like(columns));
        masks.add(mask);
        columns.mul_(mask);
      }
      return columns;
    }

    /** The way back: gradients of the states before, then of the vectors that were read. */
    List<Tensor> backward(List<Tensor> gradients) {
      List<Tensor> ofLast =
          gradients.subList(1, gradients.size()).stream()
              .map(gradient -> gradient.defined() ? steps.sorted(gradient) : gradient)
              .toList();
      Tensor gradient =
          gradients.get(0).defined() ? steps.steps(gradients.get(0)) : gradients.get(0);
      List<List<Tensor>> ofBefore = new ArrayList<>();
      Optional<Tensor> columns = Optional.empty();
      for (int i = layers.size() - 1; i >= 0; i--) {
        columns = Optional.empty();
        for (int direction = directions - 1; direction >= 0; direction--) {
          int number = i * directions + direction;
          Pair pair = pairs.get(number);
          Tensor own = gradient;
          if (own.defined() && directions > 1) {
            own = steps.units(own, direction * width, width);
            own = direction == 0 ? own : steps.reverse(own);
          }
          RecurrentLoop.Back back =
              pair.loop()
                  .backward(
                      own,
                      ofLast.subList(number * statesOfCell, (number + 1) * statesOfCell),
                      wantsBefore,
                      prefix + pair.cell().name(),
                      pass.trace());
          ofBefore.add(0, back.before().stream().map(steps::unsorted).toList());
          Optional<Tensor> read =
              pair.input()
                  .backward(
                      products,
                      pair.cell().inputMatrix(),
                      back.projection(),
                      workspace.of(pair.cell().name()));
          if (direction > 0) {
            read = read.map(steps::reverseColumns);
          }
          if (read.isPresent()) {
            columns = columns.isEmpty() ? read : Optional.of(columns.get().add_(read.get()));
          }
        }
        if (i > 0) {
          if (!masks.isEmpty()) {
            columns.get().mul_(masks.get(i - 1));
          }
          gradient = steps.split(columns.get());
        }
      }
      List<Tensor> inputs = new ArrayList<>();
      if (wantsBefore) {
        ofBefore.forEach(inputs::addAll);
      } else {
        for (int i = 0; i < befores; i++) {
          inputs.add(new Tensor());
        }
      }
      columns.ifPresent(found -> inputs.add(rows(steps.split(found))));
      return inputs;
    }
  }

  @Override
  public Tensor ends(Weights w, Output read, Lengths lengths) {
    List<Tensor> states = read.last().tensors();
    int ofCell = states.size() / (layers.size() * directions);
    TensorVector last = new TensorVector();
    for (int i = directions; i > 0; i--) {
      last.push_back(states.get(states.size() - i * ofCell).t());
    }
    return torch.cat(last, 1);
  }

  @Override
  public boolean carries() {
    return true;
  }

  @Override
  public State restore(List<Tensor> flat) {
    return new State(flat.stream().map(tensor -> tensor.view(width, -1)).toList(), 1);
  }

  @Override
  public List<Long> carriedSizes(long rows) {
    return Collections.nCopies(layers.size() * directions * statesOfCell(), width * rows);
  }

  /** An LSTM hands on its cell beside what is hidden. */
  private int statesOfCell() {
    return settings.model().kind() == Kind.LSTM ? 2 : 1;
  }

  @Override
  public int width() {
    return directions * (int) width;
  }

  @Override
  public long keptByStep(long batch, long length, boolean padded) {
    long floats = padded ? 2L * in : in; // the input as columns, and packed before
    for (int i = 0; i < layers.size(); i++) {
      long read = i == 0 ? in : width();
      // Of each direction: gates, and their gradients as columns; hidden states, their gradients,
      // what stood before each, and the results for the next layer; what a kind has beside; the
      // gradient of what was read.
      long cell = (2L * gates() + 4 + beside()) * width + normalized() + read;
      if (padded) {
        // Hidden states, and the gradients of a GRU's new gate, packed.
        cell += (settings.model().kind() == Kind.GRU ? 2L : 1L) * width;
      }
      floats += directions * cell;
      if (directions > 1) {
        // Turned round: what was read, its gradient, the hidden states, theirs.
        floats += 2 * read + 2 * width;
      }
      if (i > 0 && settings.model().dropout() > 0) {
        floats += 3L * width(); // a mask, and what it is made from
      }
    }
    // The result and its gradient; where that is packed, one more, and else two to turn them.
    return batch * length * (floats + (padded ? 3L : 4L) * width() + 2 * looks(length));
  }

  /** Vectors of a step that only this kind has: cells and their tanh; of the new gate. */
  private int beside() {
    return settings.model().kind() == Kind.RNN ? 0 : 2;
  }

  /** Floats of a step that layer norms keep: what they normalized, gradients, the deviations. */
  private long normalized() {
    if (!settings.recurrence().layerNorm()) {
      return 0;
    }
    return switch (settings.model().kind()) {
      case LSTM -> (3L * gates() + 1) * width + 3;
      case GRU -> 3L * gates() * width + 4;
      default -> 3L * gates() * width + 2;
    };
  }

  @Override
  public long madeByPass(long batch, long length, boolean padded) {
    // Gates and their columns; hidden states, cells, their tanh, results for the next layer.
    long cell = 2L * gates() + 4 + (padded ? 1 : 0);
    long cells = (long) layers.size() * directions;
    long floats = (cell * cells + 2) * width + normalized() * cells; // and input and output
    if (directions > 1) {
      // Turned round: what was read, and the hidden states. The output is twice as wide.
      floats += in + (layers.size() - 1L) * width() + layers.size() * width + width;
    }
    return batch * length * (floats + looks(length));
  }

  /**
   * Floats that a step's look at a memory as long makes: a key, scores before and after the mask
   * and the softmax, the mean, beside what is hidden, the result before and after the tanh.
   */
  private long looks(long length) {
    return attention.isPresent() ? 3 * length + 2L * memory + 4 * width : 0;
  }

  @Override
  public long largestOfRow(long length) {
    long widest = Math.max(in, Math.max(gates() * width, width()));
    return length
        * (attention.isPresent() ? Math.max(widest, Math.max(length, memory + width)) : widest);
  }

  private int gates() {
    return RecurrentCell.gates(settings.model().kind());
  }
}
