/** The job that predicts the rows of files. */
package io.chorale.jobs.predict;
