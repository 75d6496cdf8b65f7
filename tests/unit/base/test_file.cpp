// file.c: what is written is whole or not there; refusals of the system are one line.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/file.h"

namespace
{

struct FileTest : testing::Test {
    Arena *arena = arena_new();
    Err err = {};
    std::string folder;

    FileTest()
    {
        std::string name = testing::TempDir() + "egret_file_XXXXXX";
        folder = mkdtemp(name.data());
    }
    ~FileTest() override
    {
        arena_free(arena);
        std::string command = "rm -rf '" + folder + "'";
        EXPECT_EQ(system(command.c_str()), 0);
    }
    std::string at(const std::string &name)
    {
        return folder + "/" + name;
    }
    static std::string content(const std::string &path)
    {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void put(const std::string &path, const std::string &text)
    {
        std::ofstream(path, std::ios::binary) << text;
    }
    Status write(const std::string &path, const std::string &text)
    {
        FileWriter *writer;
        TRY(file_write_begin(arena, path.c_str(), &writer, &err));
        fwrite(text.data(), 1, text.size(), file_write_stream(writer));
        return file_write_commit(writer, &err);
    }
};

TEST_F(FileTest, WhatWasWrittenIsRead)
{
    std::string text("a\0b\n", 4);
    text += std::string(300000, 'x');
    ASSERT_EQ(write(at("f"), text), STATUS_OK) << err.message;
    EXPECT_FALSE(file_exists(at("f.part").c_str()));
    FileBytes file;
    ASSERT_EQ(file_read(arena, at("f").c_str(), 1 << 20, &file, &err), STATUS_OK);
    ASSERT_EQ(file.n_bytes, text.size());
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(file.bytes), file.n_bytes), text);
    EXPECT_EQ(file.bytes[file.n_bytes], 0);
}

TEST_F(FileTest, FileOfExactlyTheLimitIsReadAndOneByteMoreIsRefused)
{
    put(at("f"), std::string(1000, 'x'));
    FileBytes file;
    EXPECT_EQ(file_read(arena, at("f").c_str(), 1000, &file, &err), STATUS_OK);
    EXPECT_EQ(file_read(arena, at("f").c_str(), 999, &file, &err), STATUS_INPUT);
    EXPECT_EQ(err.message, at("f") + ": has 1000 bytes; expected at most 999");
    EXPECT_EQ(file.bytes, nullptr);
}

TEST_F(FileTest, FileThatTheSystemCallsEmptyIsReadWhole)
{
    FileBytes file;
    ASSERT_EQ(file_read(arena, "/proc/self/maps", 1 << 22, &file, &err), STATUS_OK) << err.message;
    EXPECT_GT(file.n_bytes, 100u);
    EXPECT_EQ(file_read(arena, "/proc/self/maps", 100, &file, &err), STATUS_INPUT);
}

TEST_F(FileTest, MissingFileFolderPipeAndDeviceAreRefused)
{
    FileBytes file;
    EXPECT_EQ(file_read(arena, at("none").c_str(), 10, &file, &err), STATUS_IO);
    EXPECT_EQ(err.message, at("none") + ": cannot open: No such file or directory");
    EXPECT_EQ(file_read(arena, folder.c_str(), 10, &file, &err), STATUS_IO);
    EXPECT_EQ(err.message, folder + ": cannot read: is a folder; expected a file");
    ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
    EXPECT_EQ(file_read(arena, at("pipe").c_str(), 10, &file, &err), STATUS_IO);
    EXPECT_EQ(file_read(arena, "/dev/zero", 10, &file, &err), STATUS_IO);
}

TEST_F(FileTest, AbortLeavesNothingAndKeepsTheOldFile)
{
    put(at("f"), "old");
    FileWriter *writer;
    ASSERT_EQ(file_write_begin(arena, at("f").c_str(), &writer, &err), STATUS_OK);
    fputs("new", file_write_stream(writer));
    file_write_abort(writer);
    EXPECT_EQ(content(at("f")), "old");
    EXPECT_FALSE(file_exists(at("f.part").c_str()));
}

TEST_F(FileTest, SizeLimitOfTheSystemIsAnErrorAndNotASignal)
{
    put(at("f"), "old");
    struct rlimit before, limit;
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 5000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    Status status = write(at("f"), std::string(100000, 'x'));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(status, STATUS_IO);
    EXPECT_EQ(err.message, at("f") + ": cannot write: File too large");
    EXPECT_EQ(content(at("f")), "old");
    EXPECT_FALSE(file_exists(at("f.part").c_str()));
}

TEST_F(FileTest, FullDeviceIsAnErrorAndStaysADevice)
{
    EXPECT_EQ(write("/dev/full", "x"), STATUS_IO);
    EXPECT_STREQ(err.message, "/dev/full: cannot write: No space left on device");
    EXPECT_EQ(write("/dev/full", std::string(100000, 'x')), STATUS_IO);
    struct stat state;
    ASSERT_EQ(stat("/dev/full", &state), 0);
    EXPECT_TRUE(S_ISCHR(state.st_mode));
    EXPECT_EQ(write("/dev/null", "x"), STATUS_OK);
    EXPECT_FALSE(file_exists("/dev/null.part"));
}

TEST_F(FileTest, TargetThatCannotBeWrittenIsNamed)
{
    EXPECT_EQ(write(at("none/f"), "x"), STATUS_IO);
    EXPECT_EQ(err.message, at("none/f") + ": cannot write: No such file or directory");
    put(at("f"), "x");
    EXPECT_EQ(write(at("f/g"), "x"), STATUS_IO);
    EXPECT_EQ(err.message, at("f/g") + ": cannot write: Not a directory");
    EXPECT_EQ(write(folder, "x"), STATUS_IO);
    EXPECT_EQ(err.message, folder + ": cannot write: is a folder; expected a file name");
    ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
    EXPECT_EQ(write(at("pipe"), "x"), STATUS_IO); // nobody reads: does not wait
}

TEST_F(FileTest, PartsAreRenamedTogether)
{
    for (const char *name : {"a", "b"}) {
        FileWriter *writer;
        ASSERT_EQ(file_write_begin(arena, at(name).c_str(), &writer, &err), STATUS_OK);
        fputs(name, file_write_stream(writer));
        ASSERT_EQ(file_close_part(writer, &err), STATUS_OK);
        file_write_abort(writer); // closed already: the part stays
        EXPECT_FALSE(file_exists(at(name).c_str()));
    }
    ASSERT_EQ(file_rename_part(at("a").c_str(), &err), STATUS_OK);
    file_remove_part(at("b").c_str());
    EXPECT_EQ(content(at("a")), "a");
    EXPECT_FALSE(file_exists(at("b").c_str()));
    EXPECT_EQ(file_rename_part(at("b").c_str(), &err), STATUS_IO);
    EXPECT_EQ(err.message, at("b") + ": cannot write: No such file or directory");
}

TEST_F(FileTest, FolderIsMadeOnce)
{
    bool made = false;
    EXPECT_EQ(file_make_folder(at("d").c_str(), &made, &err), STATUS_OK);
    EXPECT_TRUE(made);
    EXPECT_EQ(file_make_folder(at("d").c_str(), &made, &err), STATUS_OK);
    EXPECT_FALSE(made);
    EXPECT_TRUE(file_is_folder(at("d").c_str()));
    put(at("f"), "x");
    EXPECT_EQ(file_make_folder(at("f").c_str(), nullptr, &err), STATUS_IO);
    EXPECT_EQ(err.message, at("f") + ": cannot make folder: File exists");
    EXPECT_EQ(file_make_folder(at("x/y").c_str(), nullptr, &err), STATUS_IO);
}

TEST_F(FileTest, JoinPutsOneSlash)
{
    EXPECT_STREQ(file_join(arena, "a", "b"), "a/b");
    EXPECT_STREQ(file_join(arena, "a/", "b"), "a/b");
    EXPECT_STREQ(file_join(arena, "", "b"), "b");
}

} // namespace
