/* real_f64.h - what a `*_real.h` source is compiled with in double precision; see real_f32.h. */
#undef REAL
#undef REAL_NAME
#undef CELL_STEP
#define REAL double
#define REAL_NAME(stem) stem##_f64
#define CELL_STEP CellStepF64
