"""Facts that may be printed, and sentences that results support, contradict or leave open."""
