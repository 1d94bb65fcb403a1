// The translation unit that owns the shared precompiled header (cmake/test_pch.h) for tests.
