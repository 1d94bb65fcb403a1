#include "analysis/pixel_files.h"

#include "io/gnuplot.h"

namespace cxr {

std::string PixelFiles::add(const at::Tensor& pixels) {
  files_.push_back(std::make_unique<AtomicFile>(fmt::format("{}-{}.pixels", target_.string(), files_.size())));
  const auto path = files_.back()->path();
  const auto whole = pixels.contiguous();
  OutputFile file(path);
  file.write({static_cast<const char*>(whole.const_data_ptr()), whole.nbytes()});
  file.close();
  return fmt::format("{} binary array=({},{}) format='{}' flip=y", gnuplot::quoted(path.string()), pixels.size(1), pixels.size(0),
                     pixels.dtype() == at::kByte ? "%uint8" : "%int16");
}

} // namespace cxr
