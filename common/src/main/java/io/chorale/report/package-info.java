/** One self-contained HTML page about runs: curves, facts, and the inside of a model. */
package io.chorale.report;
