// Reads the values of a chart out of its table, along its axis: by pointer, or by arrow keys.
// Neither of the two characters that XML would have to escape stands in this file.
document.querySelectorAll("figure.chart").forEach(function (figure) {
  var drawing = figure.querySelector("svg.lines");
  var cross = drawing.querySelector(".cross");
  var readout = figure.querySelector(".readout");
  var heads = Array.from(figure.querySelectorAll("thead th"), function (head) { return head.textContent; });
  var rows = Array.from(figure.querySelectorAll("tbody tr[data-x]"));
  var at = -1;
  function show(index) {
    at = Math.max(0, Math.min(rows.length - 1, index));
    var x = rows[at].dataset.x;
    cross.setAttribute("x1", x);
    cross.setAttribute("x2", x);
    cross.style.visibility = "visible";
    readout.textContent = Array.from(rows[at].children, function (cell, i) {
      return cell.textContent === "" ? "" : (i === 0 ? "" : heads[i] + " ") + cell.textContent;
    }).filter(function (part) { return part !== ""; }).join(" · ");
  }
  function hide() {
    cross.style.visibility = "hidden";
    readout.textContent = "";
    at = -1;
  }
  if (rows.length === 0) { return; }
  drawing.addEventListener("pointermove", function (event) {
    var box = drawing.getBoundingClientRect();
    var x = (event.clientX - box.left) / box.width * drawing.viewBox.baseVal.width;
    var nearest = 0;
    rows.forEach(function (row, i) {
      if (Math.abs(rows[nearest].dataset.x - x) > Math.abs(row.dataset.x - x)) { nearest = i; }
    });
    show(nearest);
  });
  drawing.addEventListener("pointerleave", hide);
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("keydown", function (event) {
    var to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) { show(to); event.preventDefault(); }
  });
});
