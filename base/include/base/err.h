/* err.h - one status type for everything that can go wrong with the outside world.
 *
 * The deepest function that knows the cause fills an Err once; the others pass it on with TRY. The
 * message is one line, `file:line:col: what is wrong; what was expected`; the hint is a second line
 * or empty. The values of Status are the exit codes of the program.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum Status {
    STATUS_OK = 0,
    STATUS_INPUT = 1,       /* a file or value given by the user is wrong            */
    STATUS_USAGE = 2,       /* the command line is wrong                             */
    STATUS_NO_FIT = 3,      /* the network does not fit the chip                     */
    STATUS_UNSUPPORTED = 4, /* valid, but this version cannot do it                  */
    STATUS_IO = 5,          /* the operating system refused to read or write         */
    STATUS_REGRESSION = 6,  /* a comparison found a difference beyond tolerance      */
    STATUS_INTERNAL = 70,   /* a result of ours contradicts another: a bug of ours   */
    STATUS_INTERRUPTED = 130 /* a signal ended the work; what there is, is marked so  */
} Status;

enum { ERR_MESSAGE_BYTES = 1024, ERR_HINT_BYTES = 512 };

typedef struct Err {
    Status status;                   /* STATUS_OK while nothing went wrong          */
    char message[ERR_MESSAGE_BYTES]; /* one line, no newline; control bytes escaped */
    char hint[ERR_HINT_BYTES];       /* one line or empty                           */
} Err;

/* err_set - fill err (which may be NULL) and return status, so `return err_set(...)` works. Control
 * characters in the result become '?', so that a message is always one printable line. */
Status err_set(Err *err, Status status, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* err_hint - add the hint line to an err that is already set. */
void err_hint(Err *err, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#define TRY(call)                     \
    do {                              \
        Status try_status_ = (call);  \
        if (try_status_ != STATUS_OK) \
            return try_status_;       \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
