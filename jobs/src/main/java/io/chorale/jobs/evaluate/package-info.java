/** The job that measures a model on a split. */
package io.chorale.jobs.evaluate;
