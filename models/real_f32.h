/* real_f32.h - what a `*_real.h` source is compiled with in single precision. No include guard: a
 * file includes real_f32.h, the source, real_f64.h, the source again. */
#undef REAL
#undef REAL_NAME
#undef CELL_STEP
#define REAL float
#define REAL_NAME(stem) stem##_f32
#define CELL_STEP CellStepF32
