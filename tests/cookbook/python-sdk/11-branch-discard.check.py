assert agent.branch_list() == []
