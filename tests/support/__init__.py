"""What tests share: builders, fakes, real parts."""
