/* point_files.h - what is worth a file between points: reference runs and programs. */
#ifndef CLI_POINT_FILES_H
#define CLI_POINT_FILES_H

#include "../job.h"

/* point_files_events - the reference run of the job, or what is kept of one with the same key in
 * the folder. Processes that want the same at once wait for the one that makes it. `folder` may be
 * NULL. Errors: those of the reference run. */
Status point_files_events(const char *folder, const char *key, Job *job, Err *err);

/* point_files_program - a kept program, or false. point_files_keep_program - for others; a folder
 * that cannot be written costs time, not results. */
bool point_files_program(const char *folder, const char *key, Arena *arena, const Program **out);
void point_files_keep_program(const char *folder, const char *key, Arena *arena,
                              const Program *program);

#endif
