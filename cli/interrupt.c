/* interrupt.c - see interrupt.h. A handler may write to nothing but a flag of the process: the one
 * variable of the program that outlives a call. */
#define _XOPEN_SOURCE 700

#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void remember(int number)
{
    (void)number;
    asked = 1;
}

void interrupt_watch(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    struct sigaction before;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL); /* nohup stays in force */
}

bool interrupt_asked(void)
{
    return asked != 0;
}
