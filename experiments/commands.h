/// @file
/// The subcommands that run a model over a set.
#pragma once

#include "core/options.h"

namespace cxr {

/// `cxr reconstruct`: the autoencoder's reconstructions and their quality (section 3.1, Figure 3).
Subcommand reconstruct_command(CLI::App& parent);
/// `cxr classify`: DenseNet scores and features (Tables 1 and 6).
Subcommand classify_command(CLI::App& parent);
/// `cxr features`: Inception or DenseNet features of a set.
Subcommand features_command(CLI::App& parent);
/// `cxr fid`: distances, precision and recall between two sets (Table 4).
Subcommand fid_command(CLI::App& parent);
/// `cxr diversity`: how alike generated images are to each other and to training images.
Subcommand diversity_command(CLI::App& parent);
/// `cxr embed`: vectors of texts by a text encoder (Tables 2 and 3).
Subcommand embed_command(CLI::App& parent);
/// `cxr generate`: images of prompts (Tables 4 and 5, Figures 1 and 4).
Subcommand generate_command(CLI::App& parent);
/// `cxr retrieve`: nearest reports and CheXpert@k (Tables 2 and 3).
Subcommand retrieve_command(CLI::App& parent);
/// `cxr train projection`: from a domain encoder's vectors to CLIP's (section 2.5, Table 4).
Subcommand train_projection_command(CLI::App& train);
/// `cxr train inversion`: embeddings of new tokens (section 2.6, Tables 4 and 5).
Subcommand train_inversion_command(CLI::App& train);
/// `cxr train unet`: the U-Net (section 2.7, Tables 4 and 5).
Subcommand train_unet_command(CLI::App& train);
/// `cxr tokenize`: what a text encoder reads of a text.
Subcommand tokenize_command(CLI::App& parent);

} // namespace cxr
