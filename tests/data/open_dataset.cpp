// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets by name and by path, in every form.
#include "../support/files.hpp"
#include "../support/jpeg.hpp"

#include <ncsn/data/open_dataset.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using byte_array = tensor<std::uint8_t, cpu>;
namespace fs = std::filesystem;

namespace {

/// An IDX file of `count` images of 2 x 2 pixels, or of as many labels.
void put_idx(const fs::path& path, char count, bool labels, char value = 0) {
    fs::create_directories(path.parent_path());
    std::string file{labels ? std::string{"\0\0\10\1\0\0\0", 7} : std::string{"\0\0\10\3\0\0\0", 7}};
    file += count;
    if (!labels) file += std::string{"\0\0\0\2\0\0\0\2", 8};
    write_text(path, file + std::string(static_cast<std::size_t>(count) * (labels ? 1 : 4), value));
}
void put_png(const fs::path& path, std::size_t side, std::size_t number = 0) {
    fs::create_directories(path.parent_path());
    save_png(path, fractions<array>(picture(side, side, 3, number)));
}
std::string refusal(const std::string& name, split which = split::train, const fs::path& folder = {}) {
    return message_of([&] { open_dataset<array>(name, which, folder); });
}
bool has_test_split(const std::string& name) { return find_dataset<array>(name, split::test).has_value(); }
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(names_lead_to_the_folders_of_the_data) {
    const scratch_folder folder;
    for (const char* name : {"mnist", "fashion-mnist", "letters"})
        for (const char* part : {"train", "t10k"}) {
            put_idx(folder / name / (std::string{part} + "-images-idx3-ubyte"), part[1] == 'r' ? 5 : 3, false);
            put_idx(folder / name / (std::string{part} + "-labels-idx1-ubyte"), part[1] == 'r' ? 5 : 3, true, 26);
        }
    setenv("NCSN_DATA", folder.path.c_str(), 1);
    BOOST_TEST(data_folder("mnist") == folder / "mnist");
    BOOST_TEST(find_published("mnist").empty());                                    // a folder of that name, but no weights
    write_text(folder / "mnist/mnist.safetensors", "weights");
    BOOST_TEST(find_published("mnist") == folder / "mnist/mnist.safetensors");
    for (const char* name : {"mnist", "fashion-mnist", "letters"}) {
        BOOST_TEST(open_dataset<array>(name).size() == 5u);
        BOOST_TEST(open_dataset<array>(name, split::test).size() == 3u);
        BOOST_TEST(open_dataset<array>(name).labels()[4] == 26u);
    }
    BOOST_TEST(mentions(refusal("cifar10"), "data/fetch cifar10"));
    BOOST_TEST(mentions(refusal("stacked-mnist"), "digits 26, 26, 26; 0 to 9 were expected"));
    for (const char* part : {"train", "t10k"})
        put_idx(folder / "mnist" / (std::string{part} + "-labels-idx1-ubyte"), part[1] == 'r' ? 5 : 3, true, 7);
    BOOST_TEST((open_dataset<array>("stacked-mnist").size() == 5 && open_dataset<array>("stacked-mnist", split::test).size() == 3));
    BOOST_TEST((open_dataset<array>("stacked-mnist").shape() == shape{1, 2, 2, 3}));
    BOOST_TEST(open_dataset<array>("stacked-mnist").labels()[4] == 777u);
    unsetenv("NCSN_DATA");
    BOOST_TEST(data_folder("mnist") == "data/mnist");
    BOOST_TEST(open_dataset<array>("mnist", split::train, folder / "mnist").size() == 5u);
    BOOST_TEST(mentions(refusal("mnist", split::train, folder / "nowhere"), "run data/fetch mnist"));
    BOOST_TEST(mentions(refusal("faces"), "no data set has this name and no file or folder this path"));
    BOOST_TEST(mentions(refusal(""), "mnist, stacked-mnist, fashion-mnist and cifar10 are known"));
}

BOOST_AUTO_TEST_CASE(a_folder_of_idx_files_may_lack_labels_and_a_split) {
    const scratch_folder folder;
    put_idx(folder / "train-images-idx3-ubyte", 4, false, '\x33');
    const auto data = open_dataset<array>(folder.path);
    BOOST_TEST(data.size() == 4u);
    BOOST_TEST(data.shape() == (shape{1, 2, 2, 1}));
    BOOST_TEST(data.labels().empty());
    BOOST_TEST(!has_test_split(folder.path));
    BOOST_TEST(mentions(refusal(folder.path, split::test), "it has no test split"));
    put_idx(folder / "t10k-images-idx3-ubyte", 2, false);
    BOOST_TEST(open_dataset<array>(folder.path, split::test).size() == 2u);
    fs::remove(folder / "train-images-idx3-ubyte");
    BOOST_TEST(mentions(refusal(folder.path), "it has no training split"));
}

BOOST_AUTO_TEST_CASE(images_below_a_folder_are_for_training_unless_they_are_split) {
    const scratch_folder folder;
    put_png(folder / "b/1.png", 3, 1);
    put_png(folder / "a/2.png", 3, 2);
    const auto data = open_dataset<array>(folder.path);
    BOOST_TEST(data.size() == 2u);
    const std::size_t first[]{0};
    BOOST_TEST(data.batch(first)[0] == 14 / 255.f);                                 // picture 2: 7 times its number
    BOOST_TEST(!has_test_split(folder.path));
    put_png(folder / "train/x.png", 4);
    BOOST_TEST(open_dataset<array>(folder.path).shape() == (shape{1, 4, 4, 3}));
    BOOST_TEST(open_dataset<array>(folder.path).size() == 1u);
    BOOST_TEST(!has_test_split(folder.path));
    put_png(folder / "test/x.png", 4);
    put_png(folder / "test/y.png", 4);
    BOOST_TEST(open_dataset<array>(folder.path, split::test).size() == 2u);
    const scratch_folder empty;
    BOOST_TEST(mentions(refusal(empty.path), "there are none"));
}

BOOST_AUTO_TEST_CASE(npy_files_alone_or_as_two_splits) {
    const scratch_folder folder;
    save_npy(folder / "faces.npy", byte_array{{4, 2, 2}});                            // all that the folder holds
    BOOST_TEST(open_dataset<array>(folder.path).size() == 4u);
    BOOST_TEST(!has_test_split(folder.path));
    std::filesystem::remove(folder / "faces.npy");
    save_npy(folder / "train.npy", byte_array{{3, 2, 2}});
    const auto data = open_dataset<array>(folder / "train.npy");
    BOOST_TEST(data.size() == 3u);
    BOOST_TEST(!has_test_split(folder / "train.npy"));
    BOOST_TEST(open_dataset<array>(folder.path).size() == 3u);
    BOOST_TEST(!has_test_split(folder.path));
    save_npy(folder / "test.npy", byte_array{{2, 2, 2}});
    BOOST_TEST(open_dataset<array>(folder.path, split::test).size() == 2u);
    BOOST_TEST(mentions(refusal(folder / "train.npy", split::test), "it has no test split"));
    BOOST_TEST(mentions(refusal(folder / "train.npy", split::train, folder.path), "named by their path"));
    BOOST_TEST(mentions(refusal("mnits", split::train, folder.path), "mnits: in a folder of its own"));
    write_text(folder / "x.bin", "something else");
    BOOST_TEST(mentions(refusal(folder / "x.bin"), "not those of a .npy file"));
    put_png(folder / "one.png", 4);
    BOOST_TEST(mentions(refusal(folder / "one.png"), "one image is no data set"));
}

BOOST_AUTO_TEST_CASE(cifar10_is_found_by_its_files) {
    const scratch_folder folder;
    for (const char* name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"}) {
        fs::create_directories(folder / "cifar-10-batches-bin");
        write_text(folder / "cifar-10-batches-bin" / (std::string{name} + ".bin"), std::string(30'730'000, '\0'));
    }
    BOOST_TEST(open_dataset<array>(folder.path).size() == 50'000u);
    BOOST_TEST(open_dataset<array>(folder.path, split::test).shape() == (shape{1, 32, 32, 3}));
    BOOST_TEST(open_dataset<array>("cifar10", split::test, folder.path).labels().size() == 10'000u);
}
