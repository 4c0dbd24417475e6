/*
 * Preloaded by scripts/peers/avx512: MKL asks this function whether the processor is Intel's, and
 * takes its AVX-512 kernels only then. On an AMD processor with AVX-512 the answer below makes
 * PyTorch as fast as it can be, which is the fairer peer there.
 */
int mkl_serv_intel_cpu_true(void) {
  return 1;
}
