"""The operators' door: what people may see and do, each as far as their role reaches (contract section 6)."""
