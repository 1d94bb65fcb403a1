#include "training/trainable.h"

#include <gmock/gmock.h>
#include <torch/nn/module.h>

#include "io/safetensors.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

struct Part : torch::nn::Module {
  at::Tensor weight = register_parameter("weight", at::zeros({2, 3}), /*requires_grad=*/false);
  at::Tensor bias = register_parameter("bias", at::zeros({2}), /*requires_grad=*/false);
};

struct Whole : torch::nn::Module {
  std::shared_ptr<Part> second = register_module("second", std::make_shared<Part>());
  std::shared_ptr<Part> first = register_module("first", std::make_shared<Part>());
};

TEST(MakeTrainable, GivesAMappedModelFloat32MemoryOfItsOwn) {
  const test::TemporaryFolder folder;
  const auto weight = at::arange(6, at::kFloat).view({2, 3});
  write_safetensors(folder / "w.safetensors", {{"half", weight.to(at::kHalf)}, {"full", weight}});
  const auto file = read_safetensors(folder / "w.safetensors");
  Whole model;
  model.first->weight.set_data(file.at("half"));
  model.second->weight.set_data(file.at("full"));

  const auto parameters = make_trainable(model);
  std::vector<std::string> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  EXPECT_THAT(names, testing::ElementsAre("second.weight", "second.bias", "first.weight", "first.bias"));
  for (const auto& [name, value] : parameters) {
    EXPECT_TRUE(value.is_leaf() && value.requires_grad()) << name;
    EXPECT_EQ(value.scalar_type(), at::kFloat) << name;
  }
  EXPECT_NE(model.second->weight.data_ptr(), file.at("full").data_ptr());
  EXPECT_CLOSE(model.first->weight.detach(), weight, 0);
  // The list and the model name the same tensors.
  parameters[2].value.detach().fill_(5);
  EXPECT_CLOSE(model.first->weight.detach(), at::full({2, 3}, 5), 0);
  EXPECT_CLOSE(file.at("half").to(at::kFloat), weight, 0);
  (model.first->weight.sum() + model.second->bias.sum()).backward();
  EXPECT_TRUE(parameters[2].value.grad().defined() && parameters[1].value.grad().defined());

  const auto values = values_of(parameters);
  EXPECT_EQ(values.size(), 4U);
  EXPECT_FALSE(values.at("first.weight").requires_grad());
  EXPECT_EQ(values.at("first.weight").data_ptr(), model.first->weight.data_ptr());
}

} // namespace
} // namespace cxr
