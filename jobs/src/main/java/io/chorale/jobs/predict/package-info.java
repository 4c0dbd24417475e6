/** The job that puts the rows of files through a model: for predictions, or for vectors. */
package io.chorale.jobs.predict;
