/* crew_parts.h - manager, worker, and what they say to one another: private to crew*.c.
 *
 *   manager --CrewOrder--> worker        over a socket of their own
 *   manager <--CrewHead, text-- worker   a line of a result, or what is wrong with the log
 *   manager <--------- worker            its stdout and stderr, over a pipe
 */
#ifndef CLI_CREW_PARTS_H
#define CLI_CREW_PARTS_H

#include <sys/types.h>

#include "crew_work.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CrewOrder {
    Task task;
    uint32_t attempt; /* 1: the first */
} CrewOrder;

typedef enum CrewWord { CREW_RESULT = 1, CREW_TROUBLE } CrewWord;

typedef struct CrewHead {
    uint32_t word, n_bytes; /* CrewWord; of the text that follows */
} CrewHead;

enum { CREW_TOLD_BYTES = 1024 };

/* A worker as its manager knows it. */
typedef struct CrewProcess {
    pid_t pid;     /* 0: there is none */
    int line, out; /* socket; pipe of what it prints */
    uint8_t *in;   /* [n_in], of [room] a message, as far as it has come */
    size_t n_in, room;
    char told[CREW_TOLD_BYTES]; /* [n_told] the last of what it printed */
    size_t n_told;
} CrewProcess;

/* crew_send, crew_receive - all of it; false: there is nobody at the other end. */
bool crew_send(int line, const void *bytes, size_t n_bytes);
bool crew_receive(int line, void *bytes, size_t n_bytes);

/* crew_say - head and text in one. */
bool crew_say(int line, CrewWord word, const char *text);

/* crew_process_start - fork number `self` of the processes; those of the others are closed in it.
 * Errors: IO. */
Status crew_process_start(CrewProcess *process, uint32_t n_processes, uint32_t self,
                          const CrewPlace *place, Err *err);

/* crew_process_read - what has come, without waiting; false: the other end is closed. */
bool crew_process_read(CrewProcess *process, Arena *arena);

/* crew_process_message - the first whole message of what has come; false: none. The text stays
 * until crew_process_drop, which forgets the message. */
bool crew_process_message(const CrewProcess *process, CrewWord *word, const char **text,
                          size_t *n_bytes);
void crew_process_drop(CrewProcess *process);

/* crew_process_told - the last line of what it printed that is one of ours, "" if none is. */
const char *crew_process_told(CrewProcess *process, Arena *arena);

/* crew_bury - wait for the end of a child: its own, if it comes within a second, or ours. Returns
 * how it ended, as of waitpid. crew_process_end - the same, after closing its line. */
int crew_bury(pid_t pid, bool at_once);
int crew_process_end(CrewProcess *process, bool at_once);

/* crew_obey - in a child: signals of the terminal are the manager's, and its end is that of the
 * child (which ends at once if it is gone already). */
void crew_obey(pid_t manager);

/* crew_worker_live - in the child: work until the manager is gone. Never returns. */
void crew_worker_live(const CrewPlace *place, int line, pid_t manager);

/* crew_last_result - did the worker of that number write the result of the task before it died? The
 * last whole line of some log says so. */
bool crew_last_result(Arena *arena, const char *folder, Task task, pid_t worker, Result *out);

/* crew_host - the name of this machine. crew_unix_ms, crew_clock_ms - time of day; time that only
 * ever grows. */
const char *crew_host(Arena *arena);
uint64_t crew_unix_ms(void);
uint64_t crew_clock_ms(void);

#ifdef __cplusplus
}
#endif
#endif
