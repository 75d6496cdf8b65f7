/* check.h - CHECK: invariants of our own, on in release builds too.
 *
 * Wrong input is never a CHECK: it is a Status (err.h). A failed CHECK is a bug of ours: it prints
 * expression and place on stderr and ends the process with exit code 70.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#ifdef __cplusplus
extern "C" {
#endif

#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

/* Never returns. */
void check_failed(const char *condition, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
