"""What Salesforce holds the canonical columns in by itself, and what the options of a source may say otherwise."""

from collections.abc import Mapping

from copilot.sources.connectors import crm

OPTIONS: Mapping[str, str] = {
    **crm.OPTIONS,
    # Whether the custom object of sentiments has field history.
    "sentiment_history": "no",
    # The day since when field history is complete; empty: as far back as Salesforce keeps it.
    "history_since": "",
    # How everything is read at first: rest, or bulk for millions of records.
    "first_load": "rest",
}
ACCOUNT = {
    "account_id": "Id",
    "name": "Name",
    "domain": "Website",
    "industry": "Industry",
    "parent_account_id": "ParentId",
    "csm_id": "OwnerId",
    "created_on": "CreatedDate",
}
CONTACT = {
    "contact_id": "Id",
    "account_id": "AccountId",
    "full_name": "FirstName+LastName",
    "email": "Email",
    "role": "Title",
    "created_on": "CreatedDate",
}
USER = {
    "csm_id": "Id",
    "full_name": "Name",
    "email": "Email",
    "timezone": "TimeZoneSidKey",
    "manager_id": "ManagerId",
    "is_active": "IsActive",
    "created_on": "CreatedDate",
}
OPPORTUNITY = {
    "opportunity_id": "Id",
    "account_id": "AccountId",
    "kind": "Type",
    "stage": "StageName",
    "amount": "Amount",
    "close_on": "CloseDate",
    "created_at": "CreatedDate",
}
EVENT = {"interaction_id": "Id", "account_id": "AccountId", "csm_id": "OwnerId", "kind": "Type"}
TASK = {**EVENT, "outcome": "CallDisposition"}
SENTIMENT = {
    "sentiment_id": "Id",
    "account_id": "Account__c",
    "csm_id": "OwnerId",
    "rating": "Rating__c",
    "reason": "Reason__c",
    "rated_at": "CreatedDate",
    "expires_on": "Expires_On__c",
}
MILESTONE = {
    "milestone_id": "Id",
    "account_id": "Account__c",
    "milestone": "Milestone__c",
    "achieved_at": "Achieved_At__c",
}
KINDS = "New Business=new; Renewal=renewal; Existing Business=expansion; Expansion=expansion"
STAGES = "Closed Won=won; Closed Lost=lost"
