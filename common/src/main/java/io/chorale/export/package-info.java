/** Trained models in the forms in which other tools read them. */
package io.chorale.export;
