// output.c: the files of a run directory appear together or not at all.
#include <cstdlib>
#include <fstream>
#include <string>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/file.h"
#include "output.h"

namespace
{

void write_word(Arena *, const void *context, FILE *stream)
{
    fputs(static_cast<const char *>(context), stream);
}

class OutputTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/egret_output_XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        root = name;
        folder = root + "/run";
        arena = arena_new();
    }

    void TearDown() override
    {
        arena_free(arena);
        std::string command = "rm -rf '" + root + "'";
        EXPECT_EQ(system(command.c_str()), 0);
    }

    static int n_entries(const std::string &path)
    {
        int n = 0;
        DIR *stream = opendir(path.c_str());
        if (!stream)
            return -1;
        while (dirent *entry = readdir(stream))
            n += entry->d_name[0] != '.';
        closedir(stream);
        return n;
    }

    static std::string content(const std::string &path)
    {
        std::ifstream stream(path);
        std::string word;
        stream >> word;
        return word;
    }

    std::string root, folder;
    Arena *arena = nullptr;
    Output output{};
    Err err{};
};

TEST_F(OutputTest, NothingHasItsNameBeforeTheCommit)
{
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK) << err.message;
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "one", &err), STATUS_OK);
    ASSERT_EQ(output_add(&output, "b.txt", write_word, "two", &err), STATUS_OK);
    EXPECT_FALSE(file_exists((folder + "/a.txt").c_str()));
    ASSERT_EQ(output_commit(&output, &err), STATUS_OK) << err.message;
    EXPECT_EQ(content(folder + "/a.txt"), "one");
    EXPECT_EQ(content(folder + "/b.txt"), "two");
    EXPECT_EQ(n_entries(folder), 2);
}

// The part of the last file is gone: the others, of which one was there before, are as they were.
TEST_F(OutputTest, IfOneFileCannotBeRenamedNoneIs)
{
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK) << err.message;
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "old", &err), STATUS_OK);
    ASSERT_EQ(output_commit(&output, &err), STATUS_OK) << err.message;
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK) << err.message;
    for (const char *name : {"a.txt", "b.txt", "c.txt"})
        ASSERT_EQ(output_add(&output, name, write_word, "new", &err), STATUS_OK);
    ASSERT_EQ(unlink((folder + "/c.txt.part").c_str()), 0);
    EXPECT_EQ(output_commit(&output, &err), STATUS_IO);
    output_abandon(&output);
    EXPECT_EQ(content(folder + "/a.txt"), "old");
    EXPECT_EQ(n_entries(folder), 1);
}

TEST_F(OutputTest, AbandonRemovesPartsAndTheFolderThatWasMade)
{
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK);
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "one", &err), STATUS_OK);
    output_abandon(&output);
    EXPECT_EQ(n_entries(root), 0);
}

TEST_F(OutputTest, AbandonKeepsWhatWasThereBefore)
{
    ASSERT_EQ(mkdir(folder.c_str(), 0777), 0);
    std::ofstream(folder + "/a.txt") << "old";
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK);
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "new", &err), STATUS_OK);
    output_abandon(&output);
    EXPECT_EQ(content(folder + "/a.txt"), "old");
    EXPECT_EQ(n_entries(folder), 1);
}

TEST_F(OutputTest, NameTakenByAFolderFailsBeforeAnythingIsRenamed)
{
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK);
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "one", &err), STATUS_OK);
    std::ofstream(output_path(&output, "b.txt")) << "two";
    ASSERT_EQ(mkdir((folder + "/b.txt").c_str(), 0777), 0);
    EXPECT_EQ(output_commit(&output, &err), STATUS_IO);
    output_abandon(&output);
    EXPECT_FALSE(file_exists((folder + "/a.txt").c_str()));
    EXPECT_EQ(n_entries(folder), 1);
}

TEST_F(OutputTest, WhatIsDroppedGoesWithTheCommitAndNotBefore)
{
    ASSERT_EQ(mkdir(folder.c_str(), 0777), 0);
    std::ofstream(folder + "/old.txt") << "old";
    ASSERT_EQ(output_open(arena, folder.c_str(), &output, &err), STATUS_OK);
    ASSERT_EQ(output_add(&output, "a.txt", write_word, "one", &err), STATUS_OK);
    output_drop(&output, "old.txt");
    output_drop(&output, "never.txt");
    EXPECT_TRUE(file_exists((folder + "/old.txt").c_str()));
    ASSERT_EQ(output_commit(&output, &err), STATUS_OK) << err.message;
    EXPECT_FALSE(file_exists((folder + "/old.txt").c_str()));
    EXPECT_EQ(n_entries(folder), 1);
}

TEST_F(OutputTest, PlaceThatCannotBeWrittenIsKnownAtOnce)
{
    std::ofstream(root + "/file") << "x";
    EXPECT_EQ(output_open(arena, (root + "/file").c_str(), &output, &err), STATUS_IO);
    EXPECT_EQ(output_open(arena, (root + "/no/such").c_str(), &output, &err), STATUS_IO);
    EXPECT_EQ(n_entries(root), 1);
}

} // namespace
