/** Cycles of retraining: new data in, a better model out, or the old one stays. */
package io.chorale.jobs.retrain;
