/**
 * Self-contained HTML pages: about runs their curves, facts, and the inside of their models; about
 * a dataset what it holds.
 */
package io.chorale.report;
