/* real_math.h - exp, log, sigmoid and tanh with the same bits on every machine.
 *
 * The C library's functions may differ in the last bit between processors (it picks variants with
 * fused multiply-add at run time). These use only + - * / on doubles, which IEEE 754 fixes, and are
 * compiled without contraction. Error below 2 units in the last place of a double.
 */
#ifndef BASE_REAL_MATH_H
#define BASE_REAL_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

double real_exp(double x); /* 0 below -745, infinity above 709.79 */
double real_log(double x); /* x > 0 */
double real_sigmoid(double x);
double real_tanh(double x);

#ifdef __cplusplus
}
#endif
#endif
