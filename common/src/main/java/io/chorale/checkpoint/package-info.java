/** What a run can go on from: the shared parameters, the outer state and every worker's state. */
package io.chorale.checkpoint;
